// Looking for pictures: what was asked, and the list that answers it. The same list read anew keeps what is selected, open
// and at the keyboard.

import { asAppError, type Facet, type Found, type ImageRecord, library } from "../../ipc";
import { readShapes, type Shapes } from "./layout";
import { Pictures } from "./pictures.svelte";
import { LIBRARY, type Look, type Place, remembered } from "./prefs";
import { Records } from "./records";
import { indexes, NONE, ofIndexes, type Ranges } from "./selection";
import { readStacks, stackAt, type Stacks } from "./stacks";

/** Selected pictures that a list read anew finds again. */
const MOST_FOUND_AGAIN = 400;
/** And ranges of a larger selection. */
const MOST_RANGES = 50;

/** What a list is replaced by. */
interface Read {
  found: Found;
  shapes: Shapes;
  stacks: Stacks;
}

export abstract class Looking extends Pictures {
  protected readonly place: Place;
  text = $state("");
  /** What the pictures have in common, counted. */
  facets: readonly Facet[] = $state.raw([]);
  looking = $state(false);
  /** How it looks, as the person left it. */
  prefs: Look;
  /** What everything that is shown looks like; null: it was searched for. */
  alike: ImageRecord | null = $state.raw(null);
  folded: readonly string[] = $state.raw([]);

  #asked = 0;
  #soon: ReturnType<typeof setTimeout> | undefined;
  /** While pictures are gone through one by one, the list stays as it is. */
  #held = false;
  #missed = false;

  constructor(place: Place = LIBRARY) {
    super();
    this.place = place;
    this.prefs = $state.raw(remembered(place));
  }

  override close(): void {
    clearTimeout(this.#soon);
    clearTimeout(this.#count);
    super.close();
  }

  /** What stands around the list. */
  protected abstract readAround(): Promise<void>;

  set(changes: Partial<Look>): void {
    const { grouping, stacked } = this.prefs;
    this.prefs = { ...this.prefs, ...changes };
    const regroups = grouping !== this.prefs.grouping || stacked !== this.prefs.stacked;
    localStorage.setItem(this.place.key, JSON.stringify(this.prefs));
    if (regroups) {
      this.folded = [];
      void this.look(this.text);
    }
  }

  fold(key: string): void {
    this.folded = this.folded.includes(key) ? this.folded.filter((other) => other !== key) : [...this.folded, key];
  }

  /** Shows the newest pictures, which are known at the start, until all have been looked for. */
  begin(newest: readonly ImageRecord[]): void {
    const { grouping, stacked } = this.prefs;
    if (grouping !== "day" || stacked || newest.length === 0) return;
    this.beginWith(newest);
    this.#listed = this.#named("");
  }

  /** A search by what makes it the same as another. */
  #named(text: string): string {
    return `search ${this.prefs.grouping} ${this.prefs.stacked} ${text}`;
  }

  /** Looks for a text. Of several questions the last one is answered. */
  async look(text: string): Promise<void> {
    this.text = text;
    const { grouping, stacked } = this.prefs;
    await this.#replace(this.#named(text), null, () => library().search(text, grouping, stacked));
  }

  /** Shows what looks like a picture, or has its tags. */
  async lookAlike(picture: ImageRecord): Promise<void> {
    await this.#replace(`alike ${picture.id}`, picture, () => library().alike(picture.id));
  }

  /** What is listed: the same list read anew keeps what is selected, and where the person is. */
  #listed = "";

  async #replace(list: string, alike: ImageRecord | null, ask: () => Promise<Found>): Promise<void> {
    clearTimeout(this.#soon);
    this.#missed = false;
    this.#asked += 1;
    const asked = this.#asked;
    this.looking = true;
    const again = this.found !== null && list === this.#listed;
    try {
      const found = await ask();
      const [shapes, stacks] = await Promise.all([library().shapes(found.id), library().stacks(found.id)]);
      const read = { found, shapes: readShapes(shapes), stacks: readStacks(stacks) };
      const records = new Records();
      const kept = again ? await this.#keep(found, records) : null;
      if (asked !== this.#asked) return;
      this.#listed = list;
      this.alike = alike;
      this.#show(read, records, kept);
    } catch (thrown) {
      if (asked === this.#asked) this.problem = asAppError(thrown);
    } finally {
      if (asked === this.#asked) this.looking = false;
    }
  }

  /** Finds again what was selected, open and at the keyboard; and reads what is in sight before it is shown. */
  async #keep(found: Found, records: Records): Promise<{ selection: Ranges; opened: number[]; focus: number }> {
    const [from, to] = this.inSight;
    const idAt = (place: number) => this.records.get(place)?.id;
    const few = this.selected <= MOST_FOUND_AGAIN;
    const selected = few ? indexes(this.selection, MOST_FOUND_AGAIN) : [];
    const wanted = [[this.focus], selected, this.opened.slice(0, 50)].map((places) =>
      places.map(idAt).filter((id) => id !== undefined),
    );
    const ids = wanted.flat();
    const [places] = await Promise.all([
      ids.length > 0 ? library().placesOf(found.id, ids) : [],
      this.readInto(records, found, from, to),
    ]);
    const where = Object.fromEntries(ids.map((id, at) => [id, places[at] ?? null]));
    const [focus = [], kept = [], opened = []] = wanted.map((all) =>
      all.map((id) => where[id] ?? null).filter((place) => place !== null),
    );
    const near = Math.min(this.focus, Math.max(0, found.total - 1));
    const selection = few ? ofIndexes(kept) : await this.#shifted(found);
    return { selection, opened, focus: focus[0] ?? near };
  }

  /** A large selection in a list read anew: its ranges, where nothing came between their ends; else nothing. */
  async #shifted(found: Found): Promise<Ranges> {
    if (this.selection.length > MOST_RANGES) return NONE;
    for (const [from, to] of this.selection) {
      await Promise.all([this.want(from, from + 1), this.want(to - 1, to)]);
    }
    const ends = this.selection.flatMap(([from, to]) => [this.records.get(from)?.id, this.records.get(to - 1)?.id]);
    const known = ends.filter((id) => id !== undefined);
    if (known.length < ends.length) return NONE;
    const places = await library().placesOf(found.id, known);
    const ranges: [number, number][] = [];
    for (const [index, [from, to]] of this.selection.entries()) {
      const [first, last] = [places[2 * index] ?? null, places[2 * index + 1] ?? null];
      if (first === null || last === null || last - first !== to - 1 - from) return NONE;
      ranges.push([first, last + 1]);
    }
    return ranges;
  }

  protected lookSoon(): void {
    this.#missed = true;
    if (this.#held) return;
    clearTimeout(this.#soon);
    this.#soon = setTimeout(() => {
      void this.again();
      void this.readAround();
    }, 120);
  }

  protected async again(): Promise<void> {
    if (!this.alike) return this.look(this.text);
    await this.lookAlike(this.alike);
    // It may be gone itself.
    if (this.problem?.code === "notFound") await this.look(this.text);
  }

  /** The list stays as it is until it is let go. */
  hold(held: boolean): void {
    this.#held = held;
    if (!held && this.#missed) this.lookSoon();
  }

  protected parts(): string[] {
    return this.text.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? [];
  }

  #count: ReturnType<typeof setTimeout> | undefined;

  /** What the pictures have in common is counted anew; the list stays: nothing goes from under the person's hand. */
  protected countSoon(): void {
    if (!this.place.whole || this.alike) return;
    clearTimeout(this.#count);
    this.#count = setTimeout(() => {
      const { found, text } = this;
      const { grouping } = this.prefs;
      void library()
        .search(text, grouping, false)
        .then(({ facets }) => {
          if (this.found === found) this.facets = facets;
        })
        // The list says what could not be read.
        .catch(() => undefined);
    }, 300);
  }

  /** Whether the search has this part. */
  asks(part: string): boolean {
    return this.parts().includes(part);
  }

  /** Puts a part into the search, or takes it out. */
  async toggle(part: string): Promise<void> {
    const parts = this.parts();
    const rest = parts.filter((other) => other !== part);
    await this.look((rest.length < parts.length ? rest : [...parts, part]).join(" "));
  }

  #show(
    { found, shapes, stacks }: Read,
    records: Records,
    kept: { selection: Ranges; opened: number[]; focus: number } | null,
  ): void {
    this.records = records;
    this.found = found;
    this.facets = found.facets;
    this.shapes = shapes;
    this.stacks = stacks;
    // The first of a stack may be another by now.
    this.opened = (kept?.opened ?? []).map((place) => stackAt(stacks, place)?.from ?? place);
    this.selection = this.wholeOnly(kept?.selection ?? NONE);
    this.focus = kept?.focus ?? 0;
    this.anchor = this.focus;
    this.version += 1;
    this.problem = null;
  }
}
