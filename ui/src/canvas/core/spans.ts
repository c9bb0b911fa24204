// A shape as stretches of pixels in rows: what lassos, rectangles, buckets and wands have in common.

import { boundsOf, type Canvas } from "./mask";
import { between, intersection, isEmpty, NOTHING, type Rect, wholeOf } from "./rect";

/** How a shape changes the mask. */
export type Mode = "add" | "subtract" | "intersect";

export class Spans {
  #list = new Int32Array(192);
  #length = 0;
  #left = Infinity;
  #right = -Infinity;
  #top = Infinity;
  #bottom = -Infinity;

  /** The pixels from `from` up to, but without, `to`. */
  add(y: number, from: number, to: number): void {
    if (to <= from) return;
    if (this.#length + 3 > this.#list.length) {
      const larger = new Int32Array(this.#list.length * 2);
      larger.set(this.#list);
      this.#list = larger;
    }
    this.#list[this.#length++] = y;
    this.#list[this.#length++] = from;
    this.#list[this.#length++] = to;
    this.#left = Math.min(this.#left, from);
    this.#right = Math.max(this.#right, to);
    this.#top = Math.min(this.#top, y);
    this.#bottom = Math.max(this.#bottom, y + 1);
  }

  get bounds(): Rect {
    return this.#length === 0 ? NOTHING : between(this.#left, this.#top, this.#right, this.#bottom);
  }

  get pixels(): number {
    let sum = 0;
    this.each((_y, from, to) => (sum += to - from));
    return sum;
  }

  each(visit: (y: number, from: number, to: number) => void): void {
    for (let at = 0; at < this.#length; at += 3) {
      visit(this.#list[at] ?? 0, this.#list[at + 1] ?? 0, this.#list[at + 2] ?? 0);
    }
  }
}

/** Changes the mask by a shape and answers where. What lies outside the picture is left out. */
export function apply(canvas: Canvas, shape: Spans, mode: Mode): Rect {
  switch (mode) {
    case "add":
      return fill(canvas, shape, 255);
    case "subtract":
      return fill(canvas, shape, 0);
    case "intersect":
      return keepOnly(canvas, shape);
  }
}

function fill(canvas: Canvas, shape: Spans, value: number): Rect {
  const { mask } = canvas;
  const area = intersection(shape.bounds, wholeOf(mask));
  if (isEmpty(area)) return NOTHING;
  canvas.touch(area);
  shape.each((y, from, to) => {
    if (y < 0 || y >= mask.height) return;
    const [left, right] = [Math.max(0, from), Math.min(mask.width, to)];
    if (right > left) mask.bytes.fill(value, y * mask.width + left, y * mask.width + right);
  });
  return area;
}

function keepOnly(canvas: Canvas, shape: Spans): Rect {
  const { mask } = canvas;
  const area = boundsOf(mask);
  if (isEmpty(area)) return NOTHING;
  canvas.touch(area);
  const kept = new Uint8Array(area.width * area.height);
  shape.each((y, from, to) => {
    if (y < area.y || y >= area.y + area.height) return;
    const [left, right] = [Math.max(area.x, from) - area.x, Math.min(area.x + area.width, to) - area.x];
    if (right > left) kept.fill(1, (y - area.y) * area.width + left, (y - area.y) * area.width + right);
  });
  for (let row = 0, at = 0; row < area.height; row++) {
    const from = (area.y + row) * mask.width + area.x;
    for (let pixel = from; pixel < from + area.width; pixel++) if (kept[at++] === 0) mask.bytes[pixel] = 0;
  }
  return area;
}
