import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { blank } from "./mask";
import { ellipse, polygon, rectangle } from "./shapes";
import { apply, type Mode } from "./spans";
import { anyMask, anyPoint, bare, copyOf, differing, drawing, drawn, isWithin } from "./testing";
import type { Point } from "./rect";

/** The even-odd rule as it is written down: how often does a ray to the left cross an edge? */
function isInside(corners: readonly Point[], x: number, y: number): boolean {
  let inside = false;
  corners.forEach((one, at) => {
    const other = corners[(at + 1) % corners.length] ?? one;
    if (one.y > y === other.y > y) return;
    const [upper, lower] = one.y < other.y ? [one, other] : [other, one];
    // The same arithmetic, so that a centre on the line falls to the same side.
    if (x >= upper.x + (y - upper.y) * ((lower.x - upper.x) / (lower.y - upper.y))) inside = !inside;
  });
  return inside;
}

/** On the eighths of pixels, so that rounding has no say. */
const anyCorner = fc
  .tuple(fc.integer({ min: -80, max: 400 }), fc.integer({ min: -80, max: 400 }))
  .map(([x, y]) => ({ x: x / 8 + 1 / 16, y: y / 8 + 1 / 16 }));

describe("a polygon", () => {
  it("has exactly the pixels whose centres lie in it", () => {
    fc.assert(
      fc.property(fc.array(anyCorner, { minLength: 3, maxLength: 9 }), (corners) => {
        const mask = blank(44, 44);
        apply(bare(mask), polygon(corners, mask), "add");
        const wrong: string[] = [];
        for (let y = 0; y < 44; y++) {
          for (let x = 0; x < 44; x++) {
            const is = mask.bytes[y * 44 + x] === 255;
            if (is !== isInside(corners, x + 0.5, y + 0.5)) wrong.push(`${x},${y}`);
          }
        }
        expect(wrong).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it("is hollow where it crosses itself twice", () => {
    const mask = blank(9, 9);
    const star = [0, 2, 4, 1, 3].map((corner) => ({
      x: 4.5 + 4.4 * Math.sin((corner * Math.PI * 2) / 5),
      y: 4.5 - 4.4 * Math.cos((corner * Math.PI * 2) / 5),
    }));
    apply(bare(mask), polygon(star, mask), "add");
    expect(mask.bytes[4 * 9 + 4]).toBe(0);
    expect(mask.bytes.some((value) => value === 255)).toBe(true);
  });

  it("needs three corners", () =>
    expect(
      polygon(
        [
          { x: 0, y: 0 },
          { x: 9, y: 9 },
        ],
        { width: 9, height: 9 },
      ).pixels,
    ).toBe(0));

  it("may have more corners than a call has arguments", () => {
    const many = Array.from({ length: 200_000 }, (_, at) => ({ x: 40 + 30 * Math.cos(at), y: 40 + 30 * Math.sin(at) }));
    expect(polygon(many, { width: 80, height: 80 }).bounds.width).toBeGreaterThan(50);
  });
});

describe("a box", () => {
  it("contains both of its corners, whichever they are", () => {
    const mask = blank(6, 4);
    apply(bare(mask), rectangle({ x: 4.9, y: 2.1 }, { x: 1.2, y: 1 }, mask), "add");
    expect(drawing(mask)).toEqual(["......", ".####.", ".####.", "......"]);
  });

  it("of one pixel is one pixel, as an ellipse too", () => {
    for (const shape of [rectangle, ellipse])
      expect(shape({ x: 2, y: 2 }, { x: 2.9, y: 2.9 }, { width: 5, height: 5 }).pixels).toBe(1);
  });

  it("holds an ellipse that touches its sides", () => {
    const mask = blank(8, 6);
    apply(bare(mask), ellipse({ x: 0, y: 0 }, { x: 7, y: 5 }, mask), "add");
    expect(drawing(mask)).toEqual(["..####..", ".######.", "########", "########", ".######.", "..####.."]);
  });
});

describe("a shape", () => {
  const anyShape = fc.oneof(
    fc.tuple(anyPoint, anyPoint).map(
      ([one, other]) =>
        (extent: { width: number; height: number }) =>
          rectangle(one, other, extent),
    ),
    fc.tuple(anyPoint, anyPoint).map(
      ([one, other]) =>
        (extent: { width: number; height: number }) =>
          ellipse(one, other, extent),
    ),
    fc
      .array(anyPoint, { minLength: 3, maxLength: 8 })
      .map((corners) => (extent: { width: number; height: number }) => polygon(corners, extent)),
  );

  it("writes only where it has said so, and answers all of it", () => {
    fc.assert(
      fc.property(anyMask, anyShape, fc.constantFrom<Mode>("add", "subtract", "intersect"), (mask, shape, mode) => {
        const before = copyOf(mask);
        const canvas = bare(mask);
        const dirty = apply(canvas, shape(mask), mode);
        expect(mask.bytes).toHaveLength(before.bytes.length);
        for (const at of differing(mask.bytes, before.bytes)) {
          const [x, y] = [at % mask.width, Math.floor(at / mask.width)];
          expect(isWithin(canvas.touched, x, y) && isWithin([dirty], x, y)).toBe(true);
        }
      }),
    );
  });

  it("adds, subtracts and intersects", () => {
    const shape = rectangle({ x: 1, y: 0 }, { x: 2, y: 1 }, { width: 4, height: 3 });
    const results: Record<Mode, string[]> = {
      add: ["####", ".##.", "...."],
      subtract: ["#..#", "....", "...."],
      intersect: [".##.", "....", "...."],
    };
    for (const mode of ["add", "subtract", "intersect"] as const) {
      const mask = drawn("####", "....", "....");
      apply(bare(mask), shape, mode);
      expect(drawing(mask)).toEqual(results[mode]);
    }
  });
});
