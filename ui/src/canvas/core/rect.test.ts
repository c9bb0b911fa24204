import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  areaOf,
  between,
  contains,
  Dirty,
  grown,
  intersection,
  isEmpty,
  NOTHING,
  outward,
  type Rect,
  union,
} from "./rect";

const anyRect = fc
  .tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: -50, max: 50 }), fc.nat(60), fc.nat(60))
  .map(([x, y, width, height]): Rect => ({ x, y, width, height }));

describe("rectangles", () => {
  it("make a whole that contains its parts", () => {
    fc.assert(
      fc.property(anyRect, anyRect, (one, other) => {
        const both = union(one, other);
        for (const part of [one, other]) if (!isEmpty(part)) expect(intersection(both, part)).toEqual(part);
      }),
    );
  });

  it("share what lies in both", () => {
    expect(intersection(between(0, 0, 10, 10), between(5, 6, 20, 20))).toEqual(between(5, 6, 10, 10));
    expect(intersection(between(0, 0, 5, 5), between(5, 5, 9, 9))).toBe(NOTHING);
  });

  it("grow onto a grid, never away from it", () => {
    fc.assert(
      fc.property(anyRect, fc.integer({ min: 1, max: 64 }), (rect, step) => {
        const out = outward(rect, step);
        if (isEmpty(rect)) return;
        expect(intersection(out, rect)).toEqual(rect);
        expect([out.x % step, out.y % step, out.width % step, out.height % step].map(Math.abs)).toEqual([0, 0, 0, 0]);
        expect(out.width).toBeLessThan(rect.width + 2 * step);
      }),
    );
  });

  it("vanish when they shrink too far", () => expect(grown(between(0, 0, 4, 4), -2)).toBe(NOTHING));
});

describe("what has to be drawn again", () => {
  it("covers everything that was added", () => {
    fc.assert(
      fc.property(fc.array(anyRect, { maxLength: 12 }), (rects) => {
        const dirty = new Dirty();
        for (const rect of rects) dirty.add(rect);
        const taken = dirty.take();
        for (const rect of rects) {
          if (isEmpty(rect)) continue;
          const corners = [
            { x: rect.x, y: rect.y },
            { x: rect.x + rect.width - 1, y: rect.y + rect.height - 1 },
          ];
          for (const corner of corners) expect(taken.some((found) => contains(found, corner))).toBe(true);
        }
        expect(dirty.isEmpty).toBe(true);
      }),
    );
  });

  it("keeps the ends of a long way apart", () => {
    const dirty = new Dirty();
    dirty.add(between(0, 0, 10, 10));
    dirty.add(between(5, 0, 15, 10));
    dirty.add(between(900, 900, 910, 910));
    const taken = dirty.take();
    expect(taken).toHaveLength(2);
    expect(taken.reduce((sum, rect) => sum + areaOf(rect), 0)).toBe(250);
  });
});
