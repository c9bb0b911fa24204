// The mask: one byte for each pixel of the picture. 0 is kept, 255 is painted anew, and what a soft brush leaves lies
// between. Whoever has to decide asks for at least `PAINTED`.

import { between, intersection, isEmpty, NOTHING, type Rect, wholeOf } from "./rect";

export interface Mask {
  readonly width: number;
  readonly height: number;
  readonly bytes: Uint8Array;
}

/** From here on a pixel counts as painted. */
export const PAINTED = 128;

/** The longest side that can be painted on. */
export const LONGEST_SIDE = 4096;

/** What an operation writes to. It says where before it writes, so that the change can be taken back. */
export interface Canvas {
  readonly mask: Mask;
  touch(rect: Rect): void;
}

export function blank(width: number, height: number): Mask {
  return { width, height, bytes: new Uint8Array(width * height) };
}

export function isPainted({ width, height, bytes }: Mask, x: number, y: number): boolean {
  return x >= 0 && y >= 0 && x < width && y < height && (bytes[y * width + x] ?? 0) >= PAINTED;
}

/** Whether a stretch of bytes is zero all over. */
function isClear(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (bytes[at] !== 0) return false;
  return true;
}

/** The smallest rectangle around everything of at least a value, looked for within another. */
export function boundsOf(mask: Mask, least = 1, within: Rect = wholeOf(mask)): Rect {
  const { width, bytes } = mask;
  const area = intersection(within, wholeOf(mask));
  if (isEmpty(area)) return NOTHING;
  let [left, top, right, bottom] = [area.x + area.width, -1, area.x, area.y];
  for (let y = area.y; y < area.y + area.height; y++) {
    const [from, to] = [y * width + area.x, y * width + area.x + area.width];
    if (isClear(bytes, from, to)) continue;
    let first = from;
    while (first < to && (bytes[first] ?? 0) < least) first++;
    if (first === to) continue;
    let last = to - 1;
    while ((bytes[last] ?? 0) < least) last--;
    if (top < 0) top = y;
    bottom = y + 1;
    left = Math.min(left, first - y * width);
    right = Math.max(right, last - y * width + 1);
  }
  return top < 0 ? NOTHING : between(left, top, right, bottom);
}

/** How many pixels count as painted. */
export function paintedPixels({ bytes }: Mask): number {
  let count = 0;
  for (const value of bytes) if (value >= PAINTED) count++;
  return count;
}
