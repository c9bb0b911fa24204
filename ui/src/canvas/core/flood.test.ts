import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { bucket, type Pixels, wand } from "./flood";
import { PAINTED } from "./mask";
import { apply } from "./spans";
import { anyMask, bare, drawing, drawn } from "./testing";

describe("the bucket", () => {
  it("fills a closed outline and nothing else", () => {
    const mask = drawn("........", ".#####..", ".#...#..", ".#.#.#..", ".#####..", "........");
    apply(bare(mask), bucket(mask, { x: 2.5, y: 2.5 }), "add");
    expect(drawing(mask)).toEqual(["........", ".#####..", ".#####..", ".#####..", ".#####..", "........"]);
  });

  it("does not slip through a corner", () => {
    const mask = drawn("#.....", ".#....", "..####");
    apply(bare(mask), bucket(mask, { x: 0, y: 2 }), "add");
    expect(drawing(mask)).toEqual(["#.....", "##....", "######"]);
  });

  it("finds a blob of paint, to be taken away", () => {
    const mask = drawn("##..#", "##..#", "....#");
    apply(bare(mask), bucket(mask, { x: 0, y: 0 }), "subtract");
    expect(drawing(mask)).toEqual(["....#", "....#", "....#"]);
  });

  it("finds what can be reached, as a walk from pixel to pixel does", () => {
    fc.assert(
      fc.property(anyMask, fc.nat(89), fc.nat(89), (mask, startX, startY) => {
        const found = new Set<number>();
        bucket(mask, { x: startX, y: startY }).each((y, from, to) => {
          for (let x = from; x < to; x++) found.add(y * mask.width + x);
        });
        const reached = new Set<number>();
        const is = (at: number) => (mask.bytes[at] ?? 0) >= PAINTED;
        const start = startY * mask.width + startX;
        const waiting = startX < mask.width && startY < mask.height ? [start] : [];
        for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
          if (reached.has(at) || is(at) !== is(start)) continue;
          reached.add(at);
          const [x, y] = [at % mask.width, Math.floor(at / mask.width)];
          if (x > 0) waiting.push(at - 1);
          if (x < mask.width - 1) waiting.push(at + 1);
          if (y > 0) waiting.push(at - mask.width);
          if (y < mask.height - 1) waiting.push(at + mask.width);
        }
        expect(found).toEqual(reached);
      }),
    );
  });

  it("outside the picture finds nothing", () => expect(bucket(drawn("..", ".."), { x: -1, y: 5 }).pixels).toBe(0));
});

describe("the wand", () => {
  /** A row of greys. */
  const greys = (...values: number[]): Pixels => ({
    width: values.length,
    height: 1,
    data: Uint8ClampedArray.from(values.flatMap((value) => [value, value, value, 255])),
  });

  it("takes what has the colour, give or take", () => {
    const picture = greys(10, 14, 30, 10, 200);
    expect(wand(picture, { x: 0, y: 0 }, 0, true).pixels).toBe(1);
    expect(wand(picture, { x: 0, y: 0 }, 4, true).pixels).toBe(2);
    expect(wand(picture, { x: 0, y: 0 }, 4, false).pixels).toBe(3);
    expect(wand(picture, { x: 0, y: 0 }, 255, true).pixels).toBe(5);
  });

  it("tells opaque from transparent", () => {
    const picture: Pixels = { width: 2, height: 1, data: Uint8ClampedArray.of(9, 9, 9, 255, 9, 9, 9, 0) };
    expect(wand(picture, { x: 0, y: 0 }, 40, true).pixels).toBe(1);
  });
});
