// Pictures that were found, by their place in what was found: what is read of them, which are stacked, and which are
// selected. Their records are read when they come into sight.

import { t } from "../../i18n/index.svelte";
import {
  type AppError,
  asAppError,
  type Chosen,
  type Found,
  type ImageRecord,
  library,
  type PictureDetails,
} from "../../ipc";
import { type Group, groupByDay, groupsOf, type Shapes } from "./layout";
import { PAGE, Records } from "./records";
import { add, count, has, indexes, NONE, type Ranges, without } from "./selection";
import { cellAt, cellsOf, groupsOfCells, NO_STACKS, placeAt, shapesOf, stackAt, type Stacks } from "./stacks";

/** Pictures whose ids are worth reading for what takes no places. */
const MOST_IDS = 2000;
/** Milliseconds that the last deed is offered to be taken back. */
const SAID = 15_000;
/** The number of a list that the shell knows nothing of; its own begin at 1. */
const BEGUN = 0;
const EMPTY: Shapes = { seconds: new Uint32Array(), widths: new Uint16Array(), heights: new Uint16Array() };

/** What was done last, for the line that offers to take it back. */
export interface Said {
  text: string;
  undo: boolean;
}

export class Pictures {
  found: Found | null = $state.raw(null);
  shapes: Shapes = $state.raw(EMPTY);
  problem: AppError | null = $state.raw(null);
  stacks: Stacks = $state.raw(NO_STACKS);
  /** Where the stacks begin that are open. */
  opened: readonly number[] = $state.raw([]);

  selection: Ranges = $state.raw(NONE);
  /** Where the keyboard is, and where a range begins. */
  focus: number = $state(0);
  anchor = $state(0);

  #said: Said | null = $state.raw(null);
  #forget: ReturnType<typeof setTimeout> | undefined;
  details: { id: string; read: PictureDetails } | null = $state.raw(null);

  get said(): Said | null {
    return this.#said;
  }

  /** Said for a while; Ctrl+Z takes it back later, too. */
  set said(said: Said | null) {
    clearTimeout(this.#forget);
    this.#said = said;
    if (said) this.#forget = setTimeout(() => (this.#said = null), SAID);
  }

  readonly total: number = $derived(this.found?.total ?? 0);
  readonly selected: number = $derived(count(this.selection));
  /** The places that have a cell; null: all. What is drawn is counted in cells, what is meant in places. */
  readonly cells: Uint32Array | null = $derived.by(() => cellsOf(this.stacks, this.opened, this.total));
  readonly drawn: Shapes = $derived.by(() => shapesOf(this.shapes, this.cells, this.stacks));
  readonly groups: readonly Group[] = $derived.by(() => {
    if (!this.found || this.found.groups.length === 0) return groupByDay(this.drawn);
    return groupsOfCells(groupsOf(this.found.groups), this.cells);
  });

  protected records = new Records();
  /** Told anew whenever records have come or changed. */
  protected version = $state(0);
  /** The places that were asked for last: they are read first when the list is. */
  protected inSight: [number, number] = [0, 0];

  close(): void {
    clearTimeout(this.#forget);
  }

  protected async try<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      const done = await work();
      this.problem = null;
      return done;
    } catch (thrown) {
      this.problem = asAppError(thrown);
      return null;
    }
  }

  /** Whether all pictures are listed: at the start the newest are shown before the others have been looked for. */
  readonly whole: boolean = $derived(this.found?.id !== BEGUN);

  /** Shows pictures that are known before anything has been looked for. */
  protected beginWith(newest: readonly ImageRecord[]): void {
    this.found = { id: BEGUN, total: newest.length, took: 0, groups: [], facets: [], problems: [] };
    this.shapes = {
      seconds: Uint32Array.from(newest, ({ created }) => Math.floor(created / 1000)),
      widths: Uint16Array.from(newest, ({ width }) => width),
      heights: Uint16Array.from(newest, ({ height }) => height),
    };
    this.records.begin(newest);
    this.version += 1;
  }

  /** The record of a picture, if it has been read. */
  record(index: number): ImageRecord | undefined {
    // It is told anew with each version.
    return this.version >= 0 ? this.records.get(index) : undefined;
  }

  /** Reads the records of pictures from one place until before another. */
  async want(from: number, to: number): Promise<void> {
    const { found } = this;
    if (!found) return;
    this.inSight = [from, to];
    await this.readInto(this.records, found, from, to);
  }

  protected async readInto(records: Records, found: Found, from: number, to: number): Promise<void> {
    await records.want(from, Math.min(to, found.total), async (page) => {
      try {
        records.put(page * PAGE, await library().pictures(found.id, page * PAGE, PAGE));
        if (records === this.records) this.version += 1;
        return true;
      } catch (thrown) {
        // A search that has been replaced meanwhile is asked again by whoever replaced it.
        if (this.found?.id === found.id) this.problem = asAppError(thrown);
        return false;
      }
    });
  }

  /** Where a picture stands, among those that have been read; null: not there. */
  placeOf(id: string): number | null {
    return this.version >= 0 ? this.records.find(id) : null;
  }

  protected take(changed: readonly ImageRecord[]): void {
    this.records.replace(changed);
    const { details } = this;
    if (details && changed.some(({ id }) => id === details.id)) void this.readDetails(details.id);
    this.version += 1;
  }

  /** The picture that the keyboard is at. */
  get current(): ImageRecord | undefined {
    return this.record(this.focus);
  }

  async readDetails(id: string): Promise<void> {
    const read = await library()
      .details(id)
      .catch(() => null);
    this.details = read && { id, read };
  }

  // Selecting

  select(ranges: Ranges): void {
    this.selection = ranges;
  }

  /** The places that one picture stands for: a folded stack is meant as a whole. */
  unit(place: number): { from: number; to: number } {
    const stack = stackAt(this.stacks, place);
    return stack && !this.opened.includes(stack.from) ? stack : { from: place, to: place + 1 };
  }

  /** Without folded stacks of which some pictures are selected: nobody could see which. */
  protected wholeOnly(selection: Ranges): Ranges {
    const partly = selection.flatMap(([from, to]) =>
      [from, to - 1].map((end) => this.unit(end)).filter((unit) => unit.from < from || unit.to > to),
    );
    return partly.reduce<Ranges>((left, unit) => without(left, unit.from, unit.to), selection);
  }

  cellOf(place: number): number {
    return cellAt(this.cells, place);
  }

  placeOfCell(cell: number): number {
    return placeAt(this.cells, cell, this.total);
  }

  /** The stack that begins here, and whether it is open. */
  stackFrom(place: number): { count: number; open: boolean } | null {
    const stack = stackAt(this.stacks, place);
    return stack?.from === place ? { count: stack.to - stack.from, open: this.opened.includes(place) } : null;
  }

  /** Whether a picture is one of a stack. */
  stackIn(place: number): boolean {
    return stackAt(this.stacks, place) !== null;
  }

  /** Opens the stack that a picture is in, or folds it. */
  toggleStack(place: number): void {
    const stack = stackAt(this.stacks, place);
    if (!stack) return;
    const others = this.opened.filter((from) => from !== stack.from);
    const folds = others.length < this.opened.length;
    this.opened = folds ? others : [...others, stack.from];
    this.selection = this.wholeOnly(this.selection);
    this.focus = this.anchor = stack.from;
    const text = t(folds ? "library.stackFolded" : "library.stackOpen", { count: stack.to - stack.from });
    this.said = { text, undo: false };
  }

  /** A click, with what is held down. */
  click(place: number, held: { shift: boolean; command: boolean }): void {
    const { from, to } = this.unit(place);
    if (held.shift) {
      const other = this.unit(this.anchor);
      const range: Ranges = [[Math.min(from, other.from), Math.max(to, other.to)]];
      this.selection = held.command ? add(this.selection, ...(range[0] ?? [from, to])) : range;
    } else {
      if (!held.command) this.selection = [[from, to]];
      else if (has(this.selection, from)) this.selection = without(this.selection, from, to);
      else this.selection = add(this.selection, from, to);
      this.anchor = place;
    }
    this.focus = place;
  }

  /** One picture and no other, even out of a folded stack. */
  only(place: number): void {
    this.selection = [[place, place + 1]];
    this.focus = this.anchor = place;
  }

  selectAll(): void {
    if (this.total > 0) this.selection = [[0, this.total]];
  }

  /** What is meant: the selection, or else the picture that the keyboard is at. */
  meant(): Chosen | null {
    const { found } = this;
    if (!found || found.total === 0) return null;
    const ranges = this.selected > 0 ? this.selection : this.#atFocus();
    if (!this.whole) return { kind: "ids", ids: this.#idsIn(ranges) };
    return { kind: "found", search: found.id, ranges: ranges.map(([from, to]) => [from, to]) };
  }

  #idsIn(ranges: Ranges): string[] {
    const places = indexes(ranges, MOST_IDS);
    return places.map((index) => this.records.get(index)?.id).filter((id) => id !== undefined);
  }

  #atFocus(): Ranges {
    const { from, to } = this.unit(this.focus);
    return [[from, to]];
  }

  /** The ids of what is meant, at most two thousand. */
  async ids(): Promise<string[]> {
    const ranges = this.selected > 0 ? this.selection : this.total > 0 ? this.#atFocus() : NONE;
    const places = indexes(ranges, MOST_IDS);
    const [first, last] = [places[0], places.at(-1)];
    if (first === undefined || last === undefined) return [];
    await this.want(first, last + 1);
    return this.#idsIn(ranges);
  }
}
