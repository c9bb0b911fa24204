// The Library room: what stands around the pictures that were found, and what is done with them.

import { t } from "../../i18n/index.svelte";
import {
  type AppError,
  asAppError,
  type Change,
  type Changed,
  type Indexing,
  library,
  listen,
  type SavedSearch,
  type Sorting,
} from "../../ipc";
import { Looking } from "./looking.svelte";

export { SIZES } from "./prefs";

/** Changes of what the person sorts by. */
const SORTS: readonly Changed["what"][] = ["sorted", "labelled", "albumRenamed", "albumDeleted"];

export class LibraryRoom extends Looking {
  searches: readonly SavedSearch[] = $state.raw([]);
  albums: readonly string[] = $state.raw([]);
  labels: readonly string[] = $state.raw([]);
  indexing: Indexing | null = $state.raw(null);
  /** How many pictures are in the trash. */
  thrown = $state(0);
  #listeners: (() => void)[] = [];

  async open(): Promise<void> {
    this.#listeners = await Promise.all([
      listen("libraryChanged", () => this.lookSoon()),
      listen("everythingChanged", () => this.lookSoon()),
      listen("picturesChanged", (changed) => {
        this.take(changed);
        this.countSoon();
      }),
      listen("indexingChanged", (indexing) => (this.indexing = indexing)),
    ]);
    await Promise.all([this.look(this.text), this.readAround()]);
  }

  override close(): void {
    super.close();
    for (const stop of this.#listeners) stop();
    this.#listeners = [];
  }

  protected override async readAround(): Promise<void> {
    if (!this.place.whole) return;
    await this.try(async () => {
      const [searches, indexing, trash] = await Promise.all([
        library().savedSearches(),
        library().indexing(),
        library().trashed(null, 1),
      ]);
      Object.assign(this, { searches, indexing, thrown: trash.total });
    });
    await this.readNames();
  }

  /** The names of the albums and labels that there are. */
  async readNames(): Promise<void> {
    const read = await this.try(() => Promise.all([library().albums(), library().labels()]));
    if (read) [this.albums, this.labels] = read;
  }

  async keepSearch(name: string): Promise<boolean> {
    const searches = await this.try(() => library().saveSearch({ name, text: this.text }));
    if (searches) this.searches = searches;
    return searches !== null;
  }

  async forgetSearch(name: string): Promise<void> {
    const searches = await this.try(() => library().deleteSearch(name));
    if (searches) this.searches = searches;
  }

  // Doing

  async #change(change: Change, chosen = this.meant()): Promise<void> {
    if (!chosen) return;
    const changed = await this.try(() => library().change(chosen, change));
    if (changed) this.#tell(changed);
  }

  #tell(changed: Changed): void {
    const told = changed.count > 0 || changed.what === "albumRenamed";
    this.said = told ? { text: t(`library.done.${changed.what}`, { count: changed.count }), undo: true } : null;
  }

  rate = (stars: number) => this.#change({ kind: "rate", stars });

  /** Takes the mark away where it stands already. */
  async mark(mark: "keep" | "reject"): Promise<void> {
    const same = this.selected <= 1 && this.current?.mark === mark;
    await this.#change({ kind: "mark", mark: same ? null : mark });
  }

  note(id: string, text: string): Promise<void> {
    return this.#change({ kind: "note", text }, { kind: "ids", ids: [id] });
  }

  /** Puts into an album or takes out of it, puts a label on or takes it away: what is meant, or one picture. */
  async sort(change: Extract<Change, { kind: "addTo" | "takeOut" | "label" | "unlabel" }>, id?: string): Promise<void> {
    await this.#change(change, id === undefined ? this.meant() : { kind: "ids", ids: [id] });
    await this.#sorted();
  }

  /** Puts pictures into an album, and gives what came of it. */
  async putInto(album: string, ids: readonly string[]): Promise<string> {
    try {
      await library().change({ kind: "ids", ids: [...ids] }, { kind: "addTo", album });
    } catch (thrown) {
      return t("library.notInAlbum", { album, reason: asAppError(thrown).message });
    }
    await this.readNames();
    return t("library.inAlbum", { album, count: ids.length });
  }

  /** The albums and labels of what is meant. */
  async sorting(): Promise<Sorting | null> {
    const chosen = this.meant();
    return chosen && this.try(() => library().sortingOf(chosen));
  }

  /** Names and counts are different now, and the groups of albums, too. */
  async #sorted(): Promise<void> {
    await this.readNames();
    if (this.place.whole) await this.again();
  }

  /** Why there can't be such an album; null: there is. */
  async createAlbum(name: string): Promise<AppError | null> {
    try {
      this.albums = await library().createAlbum(name);
      return null;
    } catch (thrown) {
      return asAppError(thrown);
    }
  }

  /** Why an album can't be called so; null: it is. */
  async renameAlbum(from: string, to: string): Promise<AppError | null> {
    try {
      this.#tell(await library().renameAlbum(from, to));
      const part = (name: string) => (/[\s,]/.test(name) ? `album:"${name}"` : `album:${name}`);
      const parts = this.parts().map((asked) => (asked === part(from) ? part(to) : asked));
      this.text = parts.join(" ");
      await this.#sorted();
      return null;
    } catch (thrown) {
      return asAppError(thrown);
    }
  }

  async deleteAlbum(name: string): Promise<void> {
    const changed = await this.try(() => library().deleteAlbum(name));
    if (!changed) return;
    this.said = { text: t("library.done.albumDeleted", { count: changed.count }), undo: true };
    await this.#sorted();
  }

  async trash(chosen = this.meant()): Promise<void> {
    if (!chosen) return;
    const trashed = await this.try(() => library().trash(chosen));
    if (!trashed) return;
    const [stayed] = trashed.refused;
    if (stayed) {
      const count = trashed.refused.length;
      this.said = { text: t("library.stayed", { count, reason: stayed.reason }), undo: trashed.count > 0 };
    } else this.#tell({ what: "trashed", count: trashed.count });
  }

  async undo(): Promise<void> {
    const undone = await this.try(() => library().undo());
    if (this.problem !== null) return;
    this.said = { text: undone ? t("library.undone") : t("library.nothingToUndo"), undo: false };
    if (undone && SORTS.includes(undone.what)) await this.#sorted();
  }

  async redo(): Promise<void> {
    const redone = await this.try(() => library().redo());
    if (!redone) return;
    this.said = { text: t("library.redone"), undo: true };
    if (SORTS.includes(redone.what)) await this.#sorted();
  }

  async pause(paused: boolean): Promise<void> {
    this.indexing = (await this.try(() => library().pauseIndexing(paused))) ?? this.indexing;
  }
}
