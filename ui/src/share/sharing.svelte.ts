// How pictures go out, and what comes back from an editor. What is decided lies in the settings, which the shell keeps.

import {
  asAppError,
  copyPicture,
  dragOut,
  editIn,
  type FileFormat,
  type Handover,
  listen,
  type Luggage,
  openEdits,
  type OpenEdit,
  savePictures,
  type ShareSettings,
} from "../ipc";
import { errorHelp } from "../i18n/errors";
import { t } from "../i18n/index.svelte";

export const SHARE_AS_IT_IS: ShareSettings = {
  save: "keep",
  copy: "keep",
  drag: "keep",
  own: { artist: "", comment: "" },
  format: null,
  quality: 92,
  name: "{date}-{time}-{n}",
  maskFromAlpha: false,
};

export const LUGGAGE: readonly Luggage[] = ["keep", "strip", "replace"];
export const ROADS = ["save", "copy", "drag"] as const;
export type Road = (typeof ROADS)[number];
/** "same": as it is in the library. */
export const FORMATS = ["same", "png", "webp", "jpeg"] as const;
export type FormatChoice = (typeof FORMATS)[number];

export const formatOf = (choice: FormatChoice): FileFormat | null => (choice === "same" ? null : choice);

/** What was done last, or why it was not. */
export interface Said {
  kind: "done" | "problem";
  text: string;
}

export class Sharing {
  readonly #read: () => ShareSettings;
  readonly #change: (settings: ShareSettings) => Promise<unknown>;
  /** By the picture that is edited. */
  edits: Record<string, OpenEdit> = $state({});

  constructor(read: () => ShareSettings, change: (settings: ShareSettings) => Promise<unknown>) {
    this.#read = read;
    this.#change = change;
  }

  get settings(): ShareSettings {
    return this.#read();
  }

  change(changes: Partial<ShareSettings>): void {
    void this.#change({ ...this.settings, ...changes });
  }

  /** One answer for all three roads; null where they differ. */
  get metadata(): Luggage | null {
    const { save, copy, drag } = this.settings;
    return save === copy && copy === drag ? save : null;
  }

  tellEverywhere(metadata: Luggage): void {
    this.change({ save: metadata, copy: metadata, drag: metadata });
  }

  how(road: Road): Handover {
    const { format, quality } = this.settings;
    return { metadata: this.settings[road], format, quality };
  }

  /** Nothing is said where the person changed their mind. */
  save(ids: string[]): Promise<Said | null> {
    return this.#said(async () => {
      const delivered = await savePictures(ids, this.how("save"));
      if (delivered === null) return null;
      const { proofs, folder } = delivered;
      if (proofs.some(({ isAll }) => !isAll)) return t("share.notAll");
      return t("share.saved", { count: proofs.length, name: proofs[0]?.name ?? "", folder });
    });
  }

  copy(id: string): Promise<Said | null> {
    return this.#said(async () => {
      const { metadata } = await copyPicture(id, this.how("copy"));
      return t(`share.copied.${metadata}`);
    });
  }

  drag(ids: string[]): Promise<Said | null> {
    return this.#said(async () => {
      await dragOut(ids, this.how("drag"));
      return null;
    });
  }

  edit(id: string): Promise<Said | null> {
    return this.#said(async () => {
      this.take(await editIn(id));
      return null;
    });
  }

  take(edit: OpenEdit): void {
    const others = Object.entries(this.edits).filter(([image]) => image !== edit.image);
    const still: [string, OpenEdit][] = edit.state.kind === "ended" ? [] : [[edit.image, edit]];
    this.edits = Object.fromEntries([...others, ...still]);
  }

  /** Follows the editor, from what is open already on; gives what ends that. */
  async follow(): Promise<() => void> {
    const end = await listen("editChanged", (edit) => this.take(edit));
    const open = await openEdits().catch(() => []);
    for (const edit of open) if (!(edit.image in this.edits)) this.take(edit);
    return end;
  }

  async #said(work: () => Promise<string | null>): Promise<Said | null> {
    try {
      const text = await work();
      return text === null ? null : { kind: "done", text };
    } catch (thrown) {
      const { code, message } = asAppError(thrown);
      const own = code === "refused" || code === "malformed" || code === "internal";
      return { kind: "problem", text: own && message ? message : errorHelp(code, "file") };
    }
  }
}

/** What came of an edit, in words. */
export function editText(edit: OpenEdit): string {
  switch (edit.state.kind) {
    case "open":
      return t("share.edit.open", { name: edit.name });
    case "saved":
      return t(edit.state.mask ? "share.edit.savedMask" : "share.edit.saved", { count: edit.state.saves });
    case "broken":
      return t("share.edit.broken", { reason: edit.state.reason });
    case "ended":
      return "";
  }
}
