// Rectangles of whole pixels, and lists of those that have to be drawn again.

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Extent {
  readonly width: number;
  readonly height: number;
}

export const NOTHING: Rect = { x: 0, y: 0, width: 0, height: 0 };

export const isEmpty = ({ width, height }: Rect) => width <= 0 || height <= 0;

export const areaOf = (rect: Rect) => (isEmpty(rect) ? 0 : rect.width * rect.height);

/** From corner to corner; `right` and `bottom` lie just outside. */
export function between(left: number, top: number, right: number, bottom: number): Rect {
  return right <= left || bottom <= top ? NOTHING : { x: left, y: top, width: right - left, height: bottom - top };
}

export const wholeOf = ({ width, height }: Extent): Rect => ({ x: 0, y: 0, width, height });

export function union(one: Rect, other: Rect): Rect {
  if (isEmpty(one)) return other;
  if (isEmpty(other)) return one;
  return between(
    Math.min(one.x, other.x),
    Math.min(one.y, other.y),
    Math.max(one.x + one.width, other.x + other.width),
    Math.max(one.y + one.height, other.y + other.height),
  );
}

export function intersection(one: Rect, other: Rect): Rect {
  return between(
    Math.max(one.x, other.x),
    Math.max(one.y, other.y),
    Math.min(one.x + one.width, other.x + other.width),
    Math.min(one.y + one.height, other.y + other.height),
  );
}

/** Larger by so many pixels on each side; smaller where it is negative. */
export function grown(rect: Rect, by: number): Rect {
  if (isEmpty(rect)) return NOTHING;
  return between(rect.x - by, rect.y - by, rect.x + rect.width + by, rect.y + rect.height + by);
}

/** The smallest rectangle on a grid that contains it. */
export function outward(rect: Rect, step: number): Rect {
  if (isEmpty(rect)) return NOTHING;
  const floor = (value: number) => Math.floor(value / step) * step;
  const ceil = (value: number) => Math.ceil(value / step) * step;
  return between(floor(rect.x), floor(rect.y), ceil(rect.x + rect.width), ceil(rect.y + rect.height));
}

export const contains = (rect: Rect, { x, y }: Point) =>
  x >= rect.x && y >= rect.y && x < rect.x + rect.width && y < rect.y + rect.height;

/** How much larger than its parts a rectangle may be that stands for two. */
const WASTE = 1.25;

/** What has to be drawn again: few rectangles, merged where that costs little. */
export class Dirty {
  #rects: Rect[] = [];

  add(rect: Rect): void {
    if (isEmpty(rect)) return;
    let whole = rect;
    for (let at = this.#rects.length - 1; at >= 0; at--) {
      const other = this.#rects[at];
      if (!other) continue;
      const both = union(whole, other);
      if (areaOf(both) <= (areaOf(whole) + areaOf(other)) * WASTE) {
        whole = both;
        this.#rects.splice(at, 1);
      }
    }
    this.#rects.push(whole);
  }

  get isEmpty(): boolean {
    return this.#rects.length === 0;
  }

  take(): Rect[] {
    const taken = this.#rects;
    this.#rects = [];
    return taken;
  }
}
