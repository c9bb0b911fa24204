// Undo and redo by changed tiles, under a budget of bytes. A step keeps how its tiles looked before; taking it back
// swaps that with how they look now. An edit is open from the first `touch` until it is committed or dropped.

import { type Canvas, type Mask } from "./mask";
import { Bytes, pack, type Place, TILE, unpack } from "./packing";
import { between, intersection, isEmpty, NOTHING, type Rect, union, wholeOf } from "./rect";

/** How tiles looked, as records of [number of the tile in two bytes, packed tile]. */
interface Step {
  readonly records: Uint8Array;
  readonly rect: Rect;
}

export const BUDGET = 256 * 1024 * 1024;

/** What a step costs beside its bytes. */
const OVERHEAD = 128;

const costOf = ({ records }: Step) => records.length + OVERHEAD;

export class History implements Canvas {
  readonly mask: Mask;
  readonly #budget: number;
  readonly #across: number;
  readonly #seen: Uint8Array;
  #touched: number[] = [];
  #before = new Bytes();
  #undo: Step[] = [];
  #redo: Step[] = [];
  #bytes = 0;
  readonly #rows = new Uint8Array(TILE * TILE);

  constructor(mask: Mask, budget = BUDGET) {
    this.mask = mask;
    this.#budget = budget;
    this.#across = Math.ceil(mask.width / TILE);
    this.#seen = new Uint8Array(this.#across * Math.ceil(mask.height / TILE));
  }

  get canUndo(): boolean {
    return this.#undo.length > 0;
  }

  get canRedo(): boolean {
    return this.#redo.length > 0;
  }

  /** How many steps can be taken back. */
  get depth(): number {
    return this.#undo.length;
  }

  /** What the steps hold, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether an edit is open. */
  get isOpen(): boolean {
    return this.#touched.length > 0;
  }

  /** To be called before anything within `rect` is written. */
  touch(rect: Rect): void {
    const area = intersection(rect, wholeOf(this.mask));
    if (isEmpty(area)) return;
    const [left, right] = [Math.floor(area.x / TILE), Math.floor((area.x + area.width - 1) / TILE)];
    const [top, bottom] = [Math.floor(area.y / TILE), Math.floor((area.y + area.height - 1) / TILE)];
    for (let row = top; row <= bottom; row++) {
      for (let tile = row * this.#across + left; tile <= row * this.#across + right; tile++) {
        if (this.#seen[tile] === 1) continue;
        this.#seen[tile] = 1;
        this.#touched.push(tile);
        this.#record(tile, this.#before);
      }
    }
  }

  /** Closes the edit. What it changed becomes one step; if that is nothing, there is none. */
  commit(): Rect {
    const step = this.#changed();
    this.#close();
    if (isEmpty(step.rect)) return NOTHING;
    this.forgetRedo();
    this.#push(this.#undo, step);
    return step.rect;
  }

  /** What was taken back can't come again: something else has been done since. */
  forgetRedo(): void {
    for (const undone of this.#redo) this.#bytes -= costOf(undone);
    this.#redo = [];
  }

  /** Takes back what the open edit did, as if it had never begun. */
  drop(): Rect {
    const open = this.#before.slice();
    this.#close();
    return this.#restore({ records: open, rect: NOTHING }, null);
  }

  undo(): Rect {
    return this.#move(this.#undo, this.#redo);
  }

  redo(): Rect {
    return this.#move(this.#redo, this.#undo);
  }

  #move(from: Step[], to: Step[]): Rect {
    const step = from.pop();
    if (!step) return NOTHING;
    this.#bytes -= costOf(step);
    const now = new Bytes(step.records.length);
    const rect = this.#restore(step, now);
    this.#push(to, { records: now.slice(), rect });
    return rect;
  }

  /** The oldest steps go when the budget is used up; the newest always stays. */
  #push(steps: Step[], step: Step): void {
    steps.push(step);
    this.#bytes += costOf(step);
    while (this.#bytes > this.#budget && this.#undo.length > 1) {
      const oldest = this.#undo.shift();
      if (oldest) this.#bytes -= costOf(oldest);
    }
  }

  #close(): void {
    for (const tile of this.#touched) this.#seen[tile] = 0;
    this.#touched = [];
    this.#before.length = 0;
  }

  #rectOf(tile: number): Rect {
    const x = (tile % this.#across) * TILE;
    const y = Math.floor(tile / this.#across) * TILE;
    return between(x, y, Math.min(x + TILE, this.mask.width), Math.min(y + TILE, this.mask.height));
  }

  #placeOf({ x, y, width, height }: Rect): Place {
    return { bytes: this.mask.bytes, stride: this.mask.width, start: y * this.mask.width + x, width, height };
  }

  #record(tile: number, out: Bytes): void {
    out.reserve(2);
    out.push(tile & 255);
    out.push(tile >> 8);
    pack(this.#placeOf(this.#rectOf(tile)), out);
  }

  /** Of the tiles that were touched, those that differ now. */
  #changed(): Step {
    const { bytes, length } = this.#before;
    const kept = new Bytes(length);
    let rect = NOTHING;
    for (let at = 0; at < length;) {
      const tile = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
      const place = this.#rectOf(tile);
      const rows = this.#rows.subarray(0, place.width * place.height);
      const next = unpack(bytes, at + 2, rows);
      if (!this.#isLike(place, rows)) {
        kept.append(bytes.subarray(at, next));
        rect = union(rect, place);
      }
      at = next;
    }
    return { records: kept.slice(), rect };
  }

  #isLike({ x, y, width, height }: Rect, rows: Uint8Array): boolean {
    const { bytes, width: stride } = this.mask;
    for (let row = 0, at = 0; row < height; row++) {
      const from = (y + row) * stride + x;
      for (let column = from; column < from + width; column++) if (bytes[column] !== rows[at++]) return false;
    }
    return true;
  }

  /** Puts tiles back, after recording how they look now. */
  #restore({ records }: Step, now: Bytes | null): Rect {
    const { bytes, width: stride } = this.mask;
    let rect = NOTHING;
    for (let at = 0; at < records.length;) {
      const tile = (records[at] ?? 0) | ((records[at + 1] ?? 0) << 8);
      const place = this.#rectOf(tile);
      if (now) this.#record(tile, now);
      const rows = this.#rows.subarray(0, place.width * place.height);
      at = unpack(records, at + 2, rows);
      for (let row = 0; row < place.height; row++) {
        bytes.set(rows.subarray(row * place.width, (row + 1) * place.width), (place.y + row) * stride + place.x);
      }
      rect = union(rect, place);
    }
    return rect;
  }
}
