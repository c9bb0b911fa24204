// Pictures from outside on their way into the draft: dropped, pasted, picked, taken from the library. What arrived without
// a place to go waits for the person to say; what was refused is listed with its reason. Nothing is dropped silently.

import { t } from "../../i18n/index.svelte";
import {
  type Added,
  addPicture,
  type AppError,
  asAppError,
  exportVibes,
  forgetReference,
  pickFiles,
  type PictureInfo,
  pictureInfo,
  pictureOfImage,
  type Reference,
  references,
  type RefusedFile,
  saveReference,
  type Vibe,
  type VibeInfo,
  type VibeState,
  vibeStates,
} from "../../ipc";
import { debounced } from "../../shared/debounce";
import type { Draft } from "../draft.svelte";
import { editReferences, editRequest } from "../edit";
import { sizeFor } from "./fit";
import { type Destination, possible } from "./possible";

/** What the web page starts with. */
const BASE = { strength: 0.7, noise: 0 };
const VIBE_STRENGTH = 0.6;
const PRECISE = { kind: "both", strength: 1, fidelity: 1 } as const;

export class ReferenceDesk {
  readonly draft: Draft;
  /** What is known of pictures, by id; null: there is no such picture (any more). */
  pictures: Record<string, PictureInfo | null> = $state.raw({});
  vibes: Record<string, VibeInfo> = $state.raw({});
  kept: Reference[] = $state.raw([]);
  /** Asks what pictures are for. */
  readonly #ask: (pictures: readonly PictureInfo[]) => void;
  refused: RefusedFile[] = $state.raw([]);
  problem: AppError | null = $state.raw(null);
  /** One for each vibe of the draft, as far as they have been asked for. */
  states: VibeState[] = $state.raw([]);
  said = $state("");
  #asked = 0;
  readonly #askSoon = debounced(150, () => void this.#askStates());

  constructor(draft: Draft, ask: (pictures: readonly PictureInfo[]) => void) {
    this.draft = draft;
    this.#ask = ask;
  }

  async #try<T>(command: () => Promise<T>): Promise<T | null> {
    try {
      const answer = await command();
      this.problem = null;
      return answer;
    } catch (thrown) {
      this.problem = asAppError(thrown);
      return null;
    }
  }

  // What is known

  nameOf(id: string): string {
    const kept = this.kept.find((reference) => reference.id === id);
    const name = kept?.name ?? this.pictures[id]?.name ?? this.vibes[id]?.name;
    return name ?? (this.pictures[id] === null ? t("references.unnamedVibe") : t("references.unnamed"));
  }

  /** Looks up the pictures of the draft that are not known yet. */
  async lookUp(ids: readonly string[]): Promise<void> {
    const unknown = ids.filter((id, index) => !(id in this.pictures) && ids.indexOf(id) === index);
    if (unknown.length === 0) return;
    const found = await this.#try(() => pictureInfo(unknown));
    if (!found) return;
    const entries = unknown.map((id, index) => [id, found[index] ?? null] as const);
    this.pictures = { ...this.pictures, ...Object.fromEntries(entries) };
  }

  /** The draft has changed: what its vibes cost is asked for a moment later. */
  followStates(): void {
    this.#askSoon();
  }

  async #askStates(): Promise<void> {
    const asked = ++this.#asked;
    const request = this.draft.snapshot();
    if ((request.references?.vibes ?? []).length === 0 || !this.draft.model.vibes) {
      this.states = [];
      return;
    }
    try {
      const states = await vibeStates(request);
      if (asked === this.#asked) this.states = states;
    } catch {
      // The price on the button stays the one that counts.
      if (asked === this.#asked) this.states = [];
    }
  }

  // Arriving

  /** Takes in what was added; without a destination the person is asked. Vibes from files can only be vibes. */
  receive(added: Added, to: Destination | null): void {
    this.refused = added.refused;
    this.know(added);
    for (const vibe of added.vibes) this.useVibe(vibe);
    if (added.pictures.length === 0) return;
    if (to === null) this.#ask(added.pictures);
    else this.use(to, added.pictures);
  }

  /** Pictures and vibes that came in by another way. */
  know({ pictures, vibes }: Added): void {
    this.pictures = { ...this.pictures, ...Object.fromEntries(pictures.map((it) => [it.id, it])) };
    this.vibes = { ...this.vibes, ...Object.fromEntries(vibes.map((it) => [it.id, it])) };
  }

  async pick(to: Destination | null): Promise<void> {
    const added = await this.#try(() => pickFiles(to === "base" ? "file" : "files"));
    if (added) this.receive(added, to);
  }

  async paste(files: readonly File[], to: Destination | null): Promise<void> {
    const all: Added = { pictures: [], vibes: [], refused: [] };
    for (const file of files) {
      try {
        const added = await addPicture(await file.arrayBuffer(), file.name || t("references.pasted"));
        all.pictures.push(...added.pictures);
        all.vibes.push(...added.vibes);
        all.refused.push(...added.refused);
      } catch (thrown) {
        all.refused.push({ name: file.name || t("references.pasted"), reason: asAppError(thrown).message });
      }
    }
    this.receive(all, to);
  }

  /** What the clipboard holds, asked for by a click. */
  async pasteByClick(to: Destination | null): Promise<void> {
    const files = await clipboardPictures();
    if (files.length > 0) await this.paste(files, to);
    else this.said = t("references.nothingPasted");
  }

  /** A picture of the history. */
  async take(image: string, to: Destination | null): Promise<void> {
    const picture = await this.#try(() => pictureOfImage(image));
    if (picture) this.receive({ pictures: [picture], vibes: [], refused: [] }, to);
  }

  // Into the draft

  /** Uses pictures for something; for those that find no place the person is asked again. */
  use(to: Destination, pictures: readonly PictureInfo[]): void {
    const left: PictureInfo[] = [];
    let used = 0;
    for (const picture of pictures) {
      const single = to === "base" && used > 0;
      if (single || possible(this.draft, to).reason !== null) {
        left.push(picture);
        continue;
      }
      used += 1;
      if (to === "base") this.useBase(picture);
      else if (to === "vibe") this.#addVibe({ image: picture.id, ...this.#vibeStart() });
      else this.#addPrecise(picture.id);
    }
    if (left.length > 0) this.#ask(left);
  }

  useBase(picture: PictureInfo): void {
    const { limits } = this.draft.catalogue;
    const size = sizeFor(picture, limits, limits.freeArea);
    editRequest(this.draft, (request) => {
      const before = request.source?.kind === "image" ? request.source : null;
      request.source = {
        kind: "image",
        image: picture.id,
        strength: before?.strength ?? BASE.strength,
        noise: before?.noise ?? BASE.noise,
        colorCorrect: before?.colorCorrect ?? false,
        fit: before?.fit ?? "crop",
      };
      request.size = size;
    });
    this.said = t("references.sizeSet", size);
  }

  removeSource(): void {
    editRequest(this.draft, (request) => {
      request.source = { kind: "text" };
    });
  }

  #vibeStart(): Omit<Vibe, "image"> {
    return { strength: VIBE_STRENGTH, extraction: this.draft.model.vibeExtraction };
  }

  /** A vibe from a file. Where the model takes none it is kept in the draft all the same, and the section says why. */
  useVibe({ id, hasPicture, strength, extraction }: VibeInfo): void {
    const { maxVibes } = this.draft.catalogue.limits;
    if ((this.draft.request.references?.vibes?.length ?? 0) >= maxVibes) {
      const name = this.vibes[id]?.name ?? t("references.unnamed");
      this.refused = [...this.refused, { name, reason: t("references.full.vibe", { count: maxVibes }) }];
      return;
    }
    this.#addVibe({ image: id, strength, extraction, ...(hasPicture ? {} : { encoded: true }) });
  }

  #addVibe(vibe: Vibe): void {
    editReferences(this.draft, (all) => {
      all.vibes = [...(all.vibes ?? []), vibe];
    });
  }

  #addPrecise(image: string): void {
    editReferences(this.draft, (all) => {
      all.precise = [...(all.precise ?? []), { image, ...PRECISE }];
    });
  }

  removeVibes(index?: number): void {
    editReferences(this.draft, (all) => {
      all.vibes = index === undefined ? [] : (all.vibes ?? []).filter((_, at) => at !== index);
    });
  }

  removePrecise(index?: number): void {
    editReferences(this.draft, (all) => {
      all.precise = index === undefined ? [] : (all.precise ?? []).filter((_, at) => at !== index);
    });
  }

  async saveVibes(): Promise<void> {
    const vibes = this.draft.snapshot().references?.vibes ?? [];
    if (await this.#try(() => exportVibes(vibes))) this.said = t("references.saved");
  }

  // At hand

  isKept(id: string): boolean {
    return this.kept.some((reference) => reference.id === id);
  }

  async readKept(): Promise<void> {
    this.kept = (await this.#try(references)) ?? this.kept;
  }

  async keep(id: string, kind: Reference["kind"]): Promise<void> {
    const reference = { id, name: this.nameOf(id), kind };
    this.kept = (await this.#try(() => saveReference(reference))) ?? this.kept;
  }

  async forget(id: string): Promise<void> {
    this.kept = (await this.#try(() => forgetReference(id))) ?? this.kept;
  }

  /** A kept reference into the draft. */
  async useKept(reference: Reference, to: Destination): Promise<void> {
    await this.lookUp([reference.id]);
    const picture = this.pictures[reference.id];
    if (picture) this.use(to, [{ ...picture, name: reference.name }]);
    else if (reference.kind === "vibe" && possible(this.draft, "vibe").reason === null) {
      this.#addVibe({ image: reference.id, ...this.#vibeStart(), encoded: true });
    } else if (picture === null) {
      this.refused = [{ name: reference.name, reason: t("references.gone") }];
    }
  }
}

/** Pictures of the clipboard, where the browser hands them out. */
async function clipboardPictures(): Promise<File[]> {
  try {
    const items = await navigator.clipboard.read();
    const found = items.flatMap((item) => {
      const type = item.types.find((candidate) => candidate.startsWith("image/"));
      return type === undefined ? [] : [item.getType(type)];
    });
    return (await Promise.all(found)).map((blob) => new File([blob], "", { type: blob.type }));
  } catch {
    return [];
  }
}
