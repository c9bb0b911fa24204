import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { NO_EDGES, Painting } from "./painting";
import { decodeRuns, encodeRuns, PackedMask } from "./runs";
import { rectangle } from "./shapes";
import { apply } from "./spans";
import { anyMask, bare } from "./testing";
import { fillAll, invert } from "./whole";

describe("a painting", () => {
  it("grows at an edge; what is new is painted, what was there stays where it was", () => {
    const painting = new Painting({ width: 40, height: 32 });
    painting.edit((canvas) => apply(canvas, rectangle({ x: 3, y: 4 }, { x: 9, y: 9 }, canvas.mask), "add"));
    const change = painting.resize({ left: 16, top: 0, right: 0, bottom: 8 });
    expect(change.resized).toBe(true);
    const { mask } = painting;
    expect([mask.width, mask.height]).toEqual([56, 40]);
    expect(mask.bytes[5]).toBe(255);
    expect(mask.bytes[56 * 2 + 20]).toBe(0);
    expect(mask.bytes[56 * 4 + 16 + 3]).toBe(255);
    expect(mask.bytes[56 * 39 + 30]).toBe(255);
  });

  it("goes back through a larger canvas to the smaller one, and forth again", () => {
    const painting = new Painting({ width: 40, height: 32 });
    painting.edit(fillAll);
    painting.resize({ ...NO_EDGES, right: 24 });
    painting.edit(invert);
    expect(painting.mask.width).toBe(64);
    painting.undo();
    expect(painting.undo().resized).toBe(true);
    expect(painting.mask.width).toBe(40);
    painting.undo();
    expect(painting.canUndo).toBe(false);
    expect(painting.mask.bytes.every((value) => value === 0)).toBe(true);
    for (let step = 0; step < 3; step++) painting.redo();
    expect(painting.canRedo).toBe(false);
    expect(painting.mask.width).toBe(64);
    expect(painting.mask.bytes.every((value) => value === 0)).toBe(true);
    expect(painting.edges.right).toBe(24);
  });

  it("forgets the larger canvas once something else is done", () => {
    const painting = new Painting({ width: 40, height: 32 });
    painting.resize({ ...NO_EDGES, top: 8 });
    painting.undo();
    painting.edit(fillAll);
    expect(painting.canRedo).toBe(false);
    expect(painting.redo().resized).toBe(false);
  });

  it("grows in steps of the latent grid, and not beyond what can be painted on", () => {
    const painting = new Painting({ width: 4000, height: 16 });
    painting.resize({ left: 53, top: -9, right: 900, bottom: 3 });
    expect(painting.edges).toEqual({ left: 56, top: 0, right: 40, bottom: 0 });
    expect(painting.resize({ left: 55, top: 0, right: 900, bottom: 0 }).resized).toBe(false);
  });

  it("takes another mask in place of its own, and gives the old one back", () => {
    const painting = new Painting({ width: 10, height: 10 });
    painting.replace(new Uint8Array(100).fill(255));
    expect(painting.mask.bytes.every((value) => value === 255)).toBe(true);
    painting.undo();
    expect(painting.mask.bytes.every((value) => value === 0)).toBe(true);
  });
});

describe("runs", () => {
  it("give the bytes back", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 300 }),
          anyMask.map(({ bytes }) => bytes),
        ),
        (bytes) => {
          expect(decodeRuns(encodeRuns(bytes), bytes.length)).toEqual(bytes);
        },
      ),
    );
  });

  it("of a large flat mask take a few bytes", () => {
    expect(encodeRuns(new Uint8Array(4096 * 4096)).length).toBeLessThan(8);
  });

  it("that are broken are refused, whatever they are", () => {
    for (const broken of [[1], [1, 128], [1, 0], [1, 200], [0, 255, 255, 255, 255, 255, 255], [7, 3, 7, 3]]) {
      expect(decodeRuns(Uint8Array.from(broken), 5)).toBeNull();
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(2000), (runs, length) => {
        const bytes = decodeRuns(runs, length);
        expect(bytes === null || bytes.length === length).toBe(true);
      }),
    );
  });

  it("packed band by band are those of the whole, after every change", () => {
    fc.assert(
      fc.property(anyMask, fc.nat(80), fc.nat(80), (mask, x, y) => {
        const packed = new PackedMask(mask);
        packed.take();
        const rect = apply(bare(mask), rectangle({ x, y }, { x: x + 5, y: y + 70 }, mask), "add");
        packed.changed(rect);
        expect(decodeRuns(packed.take(), mask.bytes.length)).toEqual(mask.bytes);
        expect(packed.packSome()).toBe(false);
      }),
    );
  });
});
