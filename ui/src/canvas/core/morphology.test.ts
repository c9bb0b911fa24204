import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { PAINTED, paintedPixels } from "./mask";
import { grow, shrink, smooth } from "./morphology";
import { anyMask, bare, copyOf, differing, drawing, drawn, isWithin } from "./testing";
import { invert } from "./whole";

const anyRadius = fc.integer({ min: 1, max: 12 });

describe("grow and shrink", () => {
  it("by as much contain the original", () => {
    fc.assert(
      fc.property(anyMask, anyRadius, (mask, radius) => {
        const original = copyOf(mask);
        const canvas = bare(mask);
        grow(canvas, radius);
        shrink(canvas, radius);
        expect(original.bytes.every((value, at) => value < PAINTED || mask.bytes[at] === 255)).toBe(true);
      }),
    );
  });

  it("reach exactly as far as they say", () => {
    fc.assert(
      fc.property(anyMask, anyRadius, (mask, radius) => {
        const before = copyOf(mask);
        grow(bare(mask), radius);
        const painted: [number, number][] = [];
        before.bytes.forEach((value, at) => {
          if (value >= PAINTED) painted.push([at % mask.width, Math.floor(at / mask.width)]);
        });
        const step = Math.max(1, Math.floor(mask.bytes.length / 60));
        for (let at = 0; at < mask.bytes.length; at += step) {
          const [x, y] = [at % mask.width, Math.floor(at / mask.width)];
          const near = painted.some(([otherX, otherY]) => (x - otherX) ** 2 + (y - otherY) ** 2 <= radius * radius);
          expect((mask.bytes[at] ?? 0) >= PAINTED).toBe(near);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("come out round", () => {
    const mask = drawn(".......", ".......", ".......", "...#...", ".......", ".......", ".......");
    grow(bare(mask), 3);
    expect(drawing(mask)).toEqual(["...#...", ".#####.", ".#####.", "#######", ".#####.", ".#####.", "...#..."]);
  });

  it("do not eat paint from the edge of the picture", () => {
    const mask = drawn("####", "####", "....", "....");
    shrink(bare(mask), 1);
    expect(drawing(mask)).toEqual(["####", "....", "....", "...."]);
  });

  it("write only where they have said so", () => {
    fc.assert(
      fc.property(anyMask, anyRadius, fc.constantFrom(grow, shrink, smooth), (mask, radius, operation) => {
        const before = copyOf(mask);
        const canvas = bare(mask);
        const dirty = operation(canvas, radius);
        for (const at of differing(mask.bytes, before.bytes)) {
          const [x, y] = [at % mask.width, Math.floor(at / mask.width)];
          expect(isWithin(canvas.touched, x, y) && isWithin([dirty], x, y)).toBe(true);
        }
      }),
    );
  });
});

describe("smooth", () => {
  it("drops specks, fills pinholes and leaves straight edges", () => {
    const row = (text: string, times: number) => Array.from({ length: times }, () => text);
    const mask = drawn(
      ...row("............", 3),
      "..#.........",
      ...row("............", 4),
      ...row("############", 3),
      "#####.######",
      ...row("############", 4),
    );
    smooth(bare(mask), 2);
    expect(drawing(mask)).toEqual([...row("............", 8), ...row("############", 8)]);
  });

  it("leaves a whole mask whole", () => {
    const mask = drawn("####", "####", "####");
    smooth(bare(mask), 3);
    expect(paintedPixels(mask)).toBe(12);
  });
});

describe("invert", () => {
  it("twice is nothing", () => {
    fc.assert(
      fc.property(anyMask, (mask) => {
        const before = copyOf(mask);
        invert(bare(mask));
        invert(bare(mask));
        expect(mask.bytes).toEqual(before.bytes);
      }),
    );
  });
});
