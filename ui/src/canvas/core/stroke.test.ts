import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { type Brush, cornerOf, largerSize, outlineOf, SIZE, sizeAt, smallerSize, stampOf } from "./brush";
import { blank, boundsOf, paintedPixels } from "./mask";
import { between, isEmpty } from "./rect";
import { Stroke } from "./stroke";
import { anyMask, anyPoint, bare, copyOf, differing, drawing, isWithin } from "./testing";

const brush = (changes: Partial<Brush> = {}): Brush => ({
  shape: "round",
  size: 6,
  hardness: 1,
  pressure: null,
  ...changes,
});

const anyBrush = fc.record({
  shape: fc.constantFrom("round" as const, "square" as const),
  size: fc.integer({ min: 1, max: 40 }),
  hardness: fc.constantFrom(0, 0.4, 1),
  pressure: fc.constantFrom(null, { least: 0.1, curve: 0 }),
});

const anyTouch = anyPoint.chain((point) =>
  fc.double({ min: 0, max: 1, noNaN: true }).map((pressure) => ({ ...point, pressure })),
);

describe("a stamp", () => {
  it("is round to the pixel", () => {
    const mask = blank(7, 7);
    new Stroke(bare(mask), brush({ size: 7 }), false).to({ x: 3.5, y: 3.5, pressure: 1 });
    expect(drawing(mask)).toEqual(["..###..", ".#####.", "#######", "#######", "#######", ".#####.", "..###.."]);
  });

  it("of one pixel is the pixel that is pointed at", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 8.999, noNaN: true }),
        fc.double({ min: 0, max: 8.999, noNaN: true }),
        (x, y) => {
          const mask = blank(9, 9);
          new Stroke(bare(mask), brush({ size: 1 }), false).to({ x, y, pressure: 1 });
          expect(boundsOf(mask)).toEqual(between(Math.floor(x), Math.floor(y), Math.floor(x) + 1, Math.floor(y) + 1));
        },
      ),
    );
  });

  it("lies where the cursor says", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), anyPoint, (size, point) => {
        const mask = blank(230, 230);
        const at = { x: point.x + 60, y: point.y + 60 };
        new Stroke(bare(mask), brush({ size, shape: "square" }), false).to({ ...at, pressure: 1 });
        const [x, y] = [cornerOf(size, at.x), cornerOf(size, at.y)];
        expect(boundsOf(mask)).toEqual(between(x, y, x + size, y + size));
        expect(Math.abs(x + size / 2 - at.x)).toBeLessThanOrEqual(0.5);
      }),
    );
  });

  it("has an outline around exactly its pixels", () => {
    for (const size of [1, 2, 7, 64]) {
      const outline = outlineOf(stampOf("round", size, 1));
      const doubled = outline.reduce((sum, one, at) => {
        const other = outline[(at + 1) % outline.length] ?? one;
        return sum + one.x * other.y - other.x * one.y;
      }, 0);
      const mask = blank(70, 70);
      new Stroke(bare(mask), brush({ size }), false).to({ x: 35, y: 35, pressure: 1 });
      expect(doubled / 2).toBe(paintedPixels(mask));
    }
  });

  it("fades from its hard middle to its rim", () => {
    const mask = blank(41, 41);
    new Stroke(bare(mask), brush({ size: 41, hardness: 0.5 }), false).to({ x: 20.5, y: 20.5, pressure: 1 });
    const row = [...mask.bytes.subarray(20 * 41 + 20, 21 * 41)];
    expect(row.slice(0, 10).every((value) => value === 255)).toBe(true);
    expect(row).toEqual([...row].sort((one, other) => other - one));
    expect(row.at(-1)).toBeLessThan(40);
  });
});

describe("a stroke", () => {
  it("never writes outside of the picture or of what it has said", () => {
    fc.assert(
      fc.property(
        anyMask,
        anyBrush,
        fc.array(anyTouch, { minLength: 1, maxLength: 10 }),
        fc.boolean(),
        (mask, used, touches, erases) => {
          const before = copyOf(mask);
          const canvas = bare(mask);
          const stroke = new Stroke(canvas, used, erases);
          const dirty = touches.flatMap((touch) => stroke.to(touch));
          dirty.push(...stroke.end());
          for (const at of differing(mask.bytes, before.bytes)) {
            const [x, y] = [at % mask.width, Math.floor(at / mask.width)];
            expect(
              isWithin(canvas.touched, x, y) &&
                isWithin(
                  dirty.filter((rect) => !isEmpty(rect)),
                  x,
                  y,
                ),
            ).toBe(true);
            const [was, is] = [before.bytes[at] ?? 0, mask.bytes[at] ?? 0];
            expect(erases ? is < was : is > was).toBe(true);
          }
        },
      ),
    );
  });

  it("along a straight line covers what its stamps cover, pixel for pixel", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 24 }),
        fc.constantFrom("round" as const, "square" as const),
        anyPoint,
        anyPoint,
        (size, shape, one, other) => {
          const swept = blank(100, 100);
          const stroke = new Stroke(bare(swept), brush({ size, shape }), false);
          stroke.to({ ...one, pressure: 1 });
          stroke.to({ ...other, pressure: 1 });
          stroke.end();
          const stamped = blank(100, 100);
          const steps = Math.ceil(Math.hypot(other.x - one.x, other.y - one.y)) * 2 + 1;
          for (let step = 0; step <= steps; step++) {
            const at = { x: one.x + ((other.x - one.x) * step) / steps, y: one.y + ((other.y - one.y) * step) / steps };
            new Stroke(bare(stamped), brush({ size, shape }), false).to({ ...at, pressure: 1 });
          }
          // A walk of whole pixels may cut a corner that one of half pixels touches; never more than a few.
          expect(differing(swept.bytes, stamped.bytes).length).toBeLessThanOrEqual(steps * 2);
          expect(
            swept.bytes.every((value, at) => value === 0 || stamped.bytes[at] === 255 || isNear(stamped.bytes, at)),
          ).toBe(true);
        },
      ),
    );
    function isNear(bytes: Uint8Array, at: number): boolean {
      return [-101, -100, -99, -1, 1, 99, 100, 101].some((step) => bytes[at + step] === 255);
    }
  });

  it("does not darken where it crosses itself", () => {
    const mask = blank(60, 60);
    const stroke = new Stroke(bare(mask), brush({ size: 20, hardness: 0 }), false);
    for (const x of [20, 40, 20, 40, 20]) stroke.to({ x, y: 30, pressure: 1 });
    stroke.end();
    const once = blank(60, 60);
    const single = new Stroke(bare(once), brush({ size: 20, hardness: 0 }), false);
    for (let x = 20; x <= 40; x += 0.5) single.to({ x, y: 30, pressure: 1 });
    single.end();
    expect(Math.max(...mask.bytes)).toBe(Math.max(...once.bytes));
  });

  it("ends where the pointer was lifted, however long the string", () => {
    for (const string of [0, 5, 80]) {
      const mask = blank(100, 20);
      const stroke = new Stroke(bare(mask), brush({ size: 3 }), false, string);
      for (let x = 10; x <= 90; x += 4) stroke.to({ x, y: 10, pressure: 1 });
      stroke.end();
      expect(boundsOf(mask)).toEqual(between(9, 9, 92, 12));
    }
  });

  it("is calmed by the string", () => {
    const roughness = (string: number) => {
      const mask = blank(300, 80);
      const stroke = new Stroke(bare(mask), brush({ size: 3 }), false, string);
      for (let x = 20; x <= 280; x += 2) stroke.to({ x, y: 40 + (x % 4 ? 6 : -6), pressure: 1 });
      stroke.end();
      return boundsOf(mask).height;
    };
    expect(roughness(24)).toBeLessThan(roughness(0));
  });

  it("loses no point of a fast hand", () => {
    const mask = blank(600, 600);
    const stroke = new Stroke(bare(mask), brush({ size: 8 }), false);
    for (let turn = 0; turn < 40; turn++) {
      stroke.to({ x: 300 + 250 * Math.cos(turn), y: 300 + 250 * Math.sin(turn * 1.3), pressure: 1 });
    }
    stroke.end();
    // Everything hangs together.
    const seen = new Set<number>();
    const waiting = [mask.bytes.indexOf(255)];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      if (seen.has(at) || mask.bytes[at] !== 255) continue;
      seen.add(at);
      waiting.push(at - 1, at + 1, at - 600, at + 600);
    }
    expect(seen.size).toBe(paintedPixels(mask));
  });

  it("erases", () => {
    const mask = blank(30, 30);
    mask.bytes.fill(255);
    const stroke = new Stroke(bare(mask), brush({ size: 4 }), true);
    stroke.to({ x: 10, y: 10, pressure: 1 });
    stroke.end();
    expect(boundsOf({ ...mask, bytes: mask.bytes.map((value) => 255 - value) })).toEqual(between(8, 8, 12, 12));
  });
});

describe("a hard stroke whose pressure goes away", () => {
  it("has no holes where it becomes thin", () => {
    const mask = blank(1000, 1000);
    const stroke = new Stroke(bare(mask), brush({ size: 400, pressure: { least: 0, curve: 0 } }), false);
    stroke.to({ x: 500, y: 250, pressure: 1 });
    stroke.to({ x: 500, y: 950, pressure: 0 });
    stroke.end();
    const rows = Array.from({ length: 700 }, (_, row) => mask.bytes.subarray((row + 250) * 1000, (row + 251) * 1000));
    expect(rows.findIndex((row) => !row.includes(255))).toBe(-1);
  });
});

describe("the size", () => {
  it("always changes by a step that is felt, and stays in range", () => {
    for (let size: number = SIZE.min; size < SIZE.max; size = largerSize(size)) {
      expect(largerSize(size)).toBeGreaterThan(size);
      expect(smallerSize(largerSize(size))).toBeLessThan(largerSize(size));
    }
    expect(largerSize(SIZE.max)).toBe(SIZE.max);
    expect(smallerSize(SIZE.min)).toBe(SIZE.min);
  });

  it("follows pressure by a curve", () => {
    const pressed = (curve: number, pressure: number) =>
      sizeAt(brush({ size: 100, pressure: { least: 0, curve } }), pressure);
    expect([pressed(0, 0), pressed(0, 0.5), pressed(0, 1)]).toEqual([1, 50, 100]);
    expect(pressed(0.5, 0.25)).toBeGreaterThan(pressed(0, 0.25));
    expect(pressed(-0.5, 0.25)).toBeLessThan(pressed(0, 0.25));
    expect(sizeAt(brush({ size: 100 }), 0.1)).toBe(100);
  });
});
