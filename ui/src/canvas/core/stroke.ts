// A stroke: points come in, stamps go onto the mask. Points are drawn towards by a string (the stabiliser), joined by
// curves, and the curves are walked stamp by stamp. A hard brush fills what its stamps sweep over, each row once; a soft
// one sets stamp beside stamp and keeps the stronger value, so that a stroke never darkens itself.

import { type Brush, cornerOf, sizeAt, type Stamp, stampOf } from "./brush";
import type { Canvas } from "./mask";
import { between, intersection, isEmpty, type Point, type Rect, wholeOf } from "./rect";

export interface Touch extends Point {
  /** 0 to 1. */
  readonly pressure: number;
}

/** Pixels between a curve and the chords it is drawn with. */
const FLATNESS = 0.25;

/** Rows that are told together. A large brush changes a crescent: told by bands, most of its box is left out. */
const BAND_SHIFT = 5;

/** Soft stamps that overlap this much look like one. */
const SOFT_SPACING = 1 / 12;

export class Stroke {
  readonly #canvas: Canvas;
  readonly #brush: Brush;
  readonly #erases: boolean;
  /** How far the brush stays behind, in pixels. */
  readonly #string: number;
  /** The last point that came in. */
  #wanted: Touch | null = null;
  /** Where the string ends. */
  #pulled: Touch | null = null;
  /** Where painting has come to: half-way between the last two points. */
  #painted: Touch | null = null;
  /** The hard stamp that painting has come to: all of it is painted, and need not be looked at again. */
  #covered: { readonly stamp: Stamp; readonly x: number; readonly y: number } | null = null;
  /** Since the last soft stamp. */
  #walked = 0;
  #changed: Rect[] = [];

  constructor(canvas: Canvas, brush: Brush, erases: boolean, string = 0) {
    this.#canvas = canvas;
    this.#brush = brush;
    this.#erases = erases;
    this.#string = string;
  }

  /** Goes on to a point, and answers what has changed. The first one makes a dot. */
  to(touch: Touch): Rect[] {
    this.#wanted = touch;
    const before = this.#pulled;
    if (!before) {
      this.#pulled = touch;
      this.#painted = touch;
      this.#stamp(touch);
      return this.#take();
    }
    const next = this.#pull(before, touch);
    if (!next) return [];
    this.#pulled = next;
    const from = this.#painted ?? before;
    const middle = half(before, next);
    this.#painted = middle;
    this.#curve(from, before, middle);
    return this.#take();
  }

  /** Lifts the brush: what the curve and the string have held back is drawn. */
  end(): Rect[] {
    const [from, pulled, wanted] = [this.#painted, this.#pulled, this.#wanted];
    if (!from || !pulled || !wanted) return [];
    this.#line(from, pulled);
    this.#line(pulled, wanted);
    return this.#take();
  }

  #take(): Rect[] {
    const taken = this.#changed;
    this.#changed = [];
    return taken;
  }

  #pull(from: Touch, to: Touch): Touch | null {
    const away = Math.hypot(to.x - from.x, to.y - from.y);
    if (away === 0 || away <= this.#string) return null;
    return mixed(from, to, (away - this.#string) / away, to.pressure);
  }

  #curve(from: Touch, control: Touch, to: Touch): void {
    const bend = Math.hypot(from.x - 2 * control.x + to.x, from.y - 2 * control.y + to.y);
    const chords = Math.min(64, Math.max(1, Math.ceil(Math.sqrt(bend / (8 * FLATNESS)))));
    let last = from;
    for (let chord = 1; chord <= chords; chord++) {
      const along = chord / chords;
      const next = chord === chords ? to : mixed(mixed(from, control, along), mixed(control, to, along), along);
      this.#line(last, next);
      last = next;
    }
  }

  #line(from: Touch, to: Touch): void {
    if (this.#brush.hardness >= 1) this.#sweep(from, to);
    else this.#dab(from, to);
  }

  #stamp(at: Touch): void {
    if (this.#brush.hardness >= 1) this.#sweep(at, at);
    else this.#set(at);
  }

  /** Everything that a hard stamp covers on its way. A stamp has one stretch a row, and so has what it sweeps. */
  #sweep(from: Touch, to: Touch): void {
    const { mask } = this.#canvas;
    const sizes = [sizeAt(this.#brush, from.pressure), sizeAt(this.#brush, to.pressure)];
    const [smallest, largest] = [Math.min(...sizes), Math.max(...sizes)];
    const top = Math.max(0, cornerOf(largest, Math.min(from.y, to.y)) - 1);
    const bottom = Math.min(mask.height, cornerOf(largest, Math.max(from.y, to.y)) + largest + 1);
    if (bottom <= top) return;
    lows.fill(mask.width, 0, bottom - top);
    highs.fill(0, 0, bottom - top);
    const steps = Math.ceil(Math.max(Math.abs(to.x - from.x), Math.abs(to.y - from.y)) / this.#spacing(smallest));
    for (let step = 0; step <= steps; step++) {
      const at = steps === 0 ? to : mixed(from, to, step / steps);
      const size = sizeAt(this.#brush, at.pressure);
      const stamp = stampOf(this.#brush.shape, size, 1);
      const [x, y] = [cornerOf(size, at.x), cornerOf(size, at.y)];
      const last = Math.min(size, bottom - y);
      for (let row = Math.max(0, top - y); row < last; row++) {
        const line = y + row - top;
        const [first, after] = [x + (stamp.from[row] ?? 0), x + (stamp.to[row] ?? 0)];
        if (first < (lows[line] ?? 0)) lows[line] = first;
        if (after > (highs[line] ?? 0)) highs[line] = after;
      }
    }
    this.#fill(top, bottom);
    const size = sizeAt(this.#brush, to.pressure);
    this.#covered = {
      stamp: stampOf(this.#brush.shape, size, 1),
      x: cornerOf(size, to.x),
      y: cornerOf(size, to.y),
    };
  }

  /** Round stamps so far apart leave notches of a sixteenth of a pixel between them; a square's corners allow none. */
  #spacing(size: number): number {
    return this.#brush.shape === "round" ? Math.max(1, Math.sqrt(size) / 2) : 1;
  }

  /** Fills the rows that a sweep has found, as far as they are not filled already. */
  #fill(top: number, bottom: number): void {
    const { bytes, width } = this.#canvas.mask;
    const value = this.#erases ? 0 : 255;
    const told = this.#changed.length;
    const covered = this.#covered;
    for (let y = top; y < bottom; y++) {
      const row = y * width;
      let from = Math.max(0, lows[y - top] ?? 0);
      let to = Math.min(width, highs[y - top] ?? 0);
      if (covered && y >= covered.y && y < covered.y + covered.stamp.size) {
        const left = covered.x + (covered.stamp.from[y - covered.y] ?? 0);
        const right = covered.x + (covered.stamp.to[y - covered.y] ?? 0);
        if (from >= left && from < right) from = right;
        if (to <= right && to > left) to = left;
      }
      while (from < to && bytes[row + from] === value) from++;
      while (from < to && bytes[row + to - 1] === value) to--;
      lows[y - top] = from;
      highs[y - top] = to;
      if (from < to) this.#tell(y, from, to);
    }
    // The one before may have been made longer.
    for (const rect of this.#changed.slice(Math.max(0, told - 1))) this.#canvas.touch(rect);
    for (let y = top; y < bottom; y++) {
      const [from, to] = [lows[y - top] ?? 0, highs[y - top] ?? 0];
      if (to > from) bytes.fill(value, y * width + from, y * width + to);
    }
  }

  /** A stretch of a row changes; rows come from the top down. */
  #tell(y: number, from: number, to: number): void {
    const last = this.#changed.at(-1);
    if (last && last.y + last.height === y && last.y >> BAND_SHIFT === y >> BAND_SHIFT) {
      const [left, right] = [Math.min(last.x, from), Math.max(last.x + last.width, to)];
      this.#changed[this.#changed.length - 1] = between(left, last.y, right, y + 1);
    } else {
      this.#changed.push(between(from, y, to, y + 1));
    }
  }

  /** Soft stamps along a line, a little apart. */
  #dab(from: Touch, to: Touch): void {
    const length = Math.hypot(to.x - from.x, to.y - from.y);
    let at = 0;
    for (;;) {
      const here = mixed(from, to, length === 0 ? 1 : at / length);
      const spacing = Math.max(1, sizeAt(this.#brush, here.pressure) * SOFT_SPACING);
      const next = at + Math.max(0, spacing - this.#walked);
      if (next > length) break;
      this.#walked = 0;
      at = next;
      this.#set(mixed(from, to, length === 0 ? 1 : at / length));
    }
    this.#walked += length - at;
  }

  #set(at: Touch): void {
    const { mask } = this.#canvas;
    const size = sizeAt(this.#brush, at.pressure);
    const { alpha, from, to } = stampOf(this.#brush.shape, size, this.#brush.hardness);
    const [x, y] = [cornerOf(size, at.x), cornerOf(size, at.y)];
    const area = intersection(between(x, y, x + size, y + size), wholeOf(mask));
    if (isEmpty(area)) return;
    this.#canvas.touch(area);
    const { bytes, width } = mask;
    for (let line = area.y; line < area.y + area.height; line++) {
      const row = line - y;
      const first = Math.max(area.x, x + (from[row] ?? 0));
      const after = Math.min(area.x + area.width, x + (to[row] ?? 0));
      let [left, right] = [after, first];
      for (let column = first; column < after; column++) {
        const strength = alpha ? (alpha[row * size + column - x] ?? 0) : 255;
        const pixel = line * width + column;
        const there = bytes[pixel] ?? 0;
        if (this.#erases ? there <= 255 - strength : there >= strength) continue;
        bytes[pixel] = this.#erases ? 255 - strength : strength;
        if (column < left) left = column;
        right = column + 1;
      }
      if (left < right) this.#tell(line, left, right);
    }
  }
}

/** Of each row of a sweep, the first pixel and the one after the last. As many as the longest side has pixels. */
const lows = new Int32Array(16_384);
const highs = new Int32Array(16_384);

const half = (one: Touch, other: Touch): Touch => mixed(one, other, 0.5);

function mixed(one: Touch, other: Touch, along: number, pressure?: number): Touch {
  return {
    x: one.x + (other.x - one.x) * along,
    y: one.y + (other.y - one.y) * along,
    pressure: pressure ?? one.pressure + (other.pressure - one.pressure) * along,
  };
}
