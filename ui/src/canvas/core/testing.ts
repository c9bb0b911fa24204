// For tests: masks as drawings, and arbitrary ones.

import fc from "fast-check";

import { blank, type Canvas, type Mask, PAINTED } from "./mask";
import type { Rect } from "./rect";

/** `#` is painted, everything else is not. */
export function drawn(...rows: string[]): Mask {
  const mask = blank(rows[0]?.length ?? 0, rows.length);
  rows.forEach((row, y) => Array.from(row, (letter, x) => (mask.bytes[y * mask.width + x] = letter === "#" ? 255 : 0)));
  return mask;
}

export function drawing({ width, height, bytes }: Mask): string[] {
  return Array.from({ length: height }, (_, y) =>
    [...bytes.subarray(y * width, (y + 1) * width)].map((value) => (value >= PAINTED ? "#" : ".")).join(""),
  );
}

/** A canvas without a past. It holds those who write to what they have said. */
export function bare(mask: Mask): Canvas & { touched: Rect[] } {
  const touched: Rect[] = [];
  return { mask, touched, touch: (rect) => touched.push(rect) };
}

export const copyOf = ({ width, height, bytes }: Mask): Mask => ({ width, height, bytes: bytes.slice() });

/** Pixels that differ, as indexes. */
export function differing(one: Uint8Array, other: Uint8Array): number[] {
  const found: number[] = [];
  for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) found.push(at);
  return found;
}

export function isWithin(rects: readonly Rect[], x: number, y: number): boolean {
  return rects.some((rect) => x >= rect.x && y >= rect.y && x < rect.x + rect.width && y < rect.y + rect.height);
}

/** Small masks of blobs: noise would say little about paint. */
export const anyMask = fc
  .record({
    width: fc.integer({ min: 1, max: 90 }),
    height: fc.integer({ min: 1, max: 90 }),
    blobs: fc.array(fc.tuple(fc.nat(89), fc.nat(89), fc.integer({ min: 1, max: 30 }), fc.boolean()), { maxLength: 8 }),
  })
  .map(({ width, height, blobs }) => {
    const mask = blank(width, height);
    for (const [left, top, size, paints] of blobs) {
      for (let y = top; y < Math.min(height, top + size); y++) {
        for (let x = left; x < Math.min(width, left + size); x++) mask.bytes[y * width + x] = paints ? 255 : 0;
      }
    }
    return mask;
  });

export const anyPoint = fc.record({
  x: fc.double({ min: -40, max: 130, noNaN: true }),
  y: fc.double({ min: -40, max: 130, noNaN: true }),
});
