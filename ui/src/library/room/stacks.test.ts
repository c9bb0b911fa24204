import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { cellAt, cellsOf, groupsOfCells, NO_STACKS, placeAt, readStacks, shapesOf, stackAt } from "./stacks";

const stacks = (...pairs: [number, number][]) => readStacks(Uint32Array.from(pairs.flat()).buffer);

describe("stacks", () => {
  it("are none where nothing is told, and survive half a number", () => {
    expect(readStacks(new ArrayBuffer(7)).starts).toHaveLength(0);
    expect(stackAt(NO_STACKS, 3)).toBeNull();
    expect(cellsOf(NO_STACKS, [], 9)).toBeNull();
    expect([cellAt(null, 4), placeAt(null, 4, 9)]).toEqual([4, 4]);
  });

  it("have one cell folded and one for each picture open", () => {
    const two = stacks([1, 3], [5, 2]);
    expect([...(cellsOf(two, [], 8) ?? [])]).toEqual([0, 1, 4, 5, 7]);
    expect([...(cellsOf(two, [1], 8) ?? [])]).toEqual([0, 1, 2, 3, 4, 5, 7]);
    expect(stackAt(two, 3)).toEqual({ from: 1, to: 4 });
    expect([stackAt(two, 4), stackAt(two, 7)]).toEqual([null, null]);
  });

  it("lose no picture, whatever is open", () => {
    const sizes = fc.array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.boolean()), { maxLength: 30 });
    fc.assert(
      fc.property(sizes, (all) => {
        const pairs: [number, number][] = [];
        const open: number[] = [];
        let total = 0;
        for (const [size, isOpen] of all) {
          if (size > 1) pairs.push([total, size]);
          if (isOpen) open.push(total);
          total += size;
        }
        const cells = cellsOf(stacks(...pairs), open, total);
        for (let place = 0; place < total; place += 1) {
          const cell = cellAt(cells, place);
          expect(placeAt(cells, cell, total)).toBeLessThanOrEqual(place);
          expect(placeAt(cells, cell + 1, total)).toBeGreaterThan(place);
        }
      }),
    );
  });

  it("count to the day of their first picture, and to the group that they are in", () => {
    const two = stacks([0, 2], [3, 2]);
    const cells = cellsOf(two, [0], 5);
    const all = {
      seconds: Uint32Array.from([50, 10, 40, 30, 5]),
      widths: Uint16Array.from([1, 2, 3, 4, 5]),
      heights: Uint16Array.from([1, 1, 1, 1, 1]),
    };
    const drawn = shapesOf(all, cells, two);
    expect([...drawn.seconds]).toEqual([50, 50, 40, 30]);
    expect([...drawn.widths]).toEqual([1, 2, 3, 4]);
    expect(
      groupsOfCells(
        [
          { key: "a", from: 0, to: 3 },
          { key: "b", from: 3, to: 5 },
        ],
        cells,
      ),
    ).toEqual([
      { key: "a", from: 0, to: 3 },
      { key: "b", from: 3, to: 4 },
    ]);
  });
});
