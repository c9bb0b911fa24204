import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { CELL } from "./cells";
import { canFocus, drawnBox, fittedBox, FOCUS, HANDLES, innerOf, MARGIN, movedBox, resizedBox } from "./focus";
import { areaOf, between, type Extent, intersection, NOTHING, type Rect } from "./rect";

const anyPicture = fc.record({ width: fc.integer({ min: 32, max: 2100 }), height: fc.integer({ min: 32, max: 2100 }) });
const anyPlace = fc.record({
  x: fc.double({ min: -300, max: 2400, noNaN: true }),
  y: fc.double({ min: -300, max: 2400, noNaN: true }),
});

function expectLegal(box: Rect, picture: Extent): void {
  expect([box.x % CELL, box.y % CELL, box.width % CELL, box.height % CELL]).toEqual([0, 0, 0, 0]);
  expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(FOCUS.min);
  expect(areaOf(box)).toBeLessThanOrEqual(FOCUS.maxArea);
  expect(intersection(box, { x: 0, y: 0, ...picture })).toEqual(box);
}

describe("the focus box", () => {
  it("is legal however it is drawn, pulled and moved", () => {
    fc.assert(
      fc.property(
        anyPicture,
        anyPlace,
        anyPlace,
        fc.array(fc.tuple(fc.constantFrom(...HANDLES), anyPlace), { maxLength: 5 }),
        anyPlace,
        (picture, one, other, pulls, by) => {
          let box = drawnBox(one, other, picture);
          expectLegal(box, picture);
          for (const [handle, to] of pulls) {
            box = resizedBox(box, handle, to, picture);
            expectLegal(box, picture);
          }
          expectLegal(movedBox(box, { x: by.x - 1000, y: by.y - 1000 }, picture), picture);
        },
      ),
    );
  });

  it("keeps the sides that are not pulled", () => {
    const box = between(80, 80, 240, 320);
    const picture = { width: 832, height: 1216 };
    expect(resizedBox(box, "e", { x: 300, y: 0 }, picture)).toEqual(between(80, 80, 304, 320));
    expect(resizedBox(box, "n", { x: 0, y: 100 }, picture)).toEqual(between(80, 104, 240, 320));
    expect(resizedBox(box, "sw", { x: 40, y: 400 }, picture)).toEqual(between(40, 80, 240, 400));
    expect(resizedBox(box, "w", { x: 900, y: 0 }, picture)).toEqual(between(208, 80, 240, 320));
  });

  it("fits around the paint and its margin", () => {
    fc.assert(
      fc.property(
        anyPicture,
        anyPlace,
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 1, max: 500 }),
        fc.constantFrom(32, 48, 96),
        (picture, at, width, height, margin) => {
          const paint = intersection(
            { x: Math.floor(at.x), y: Math.floor(at.y), width, height },
            { x: 0, y: 0, width: Math.floor(picture.width / 8) * 8, height: Math.floor(picture.height / 8) * 8 },
          );
          const box = fittedBox(paint, margin, picture);
          if (box === null) return;
          expectLegal(box, picture);
          expect(intersection(innerOf(box, margin, picture), paint)).toEqual(paint);
        },
      ),
    );
  });

  it("fits nothing where there is no paint, or too much", () => {
    const picture = { width: 2048, height: 2048 };
    expect(fittedBox(NOTHING, MARGIN.usual, picture)).toBeNull();
    expect(fittedBox(between(0, 0, 2000, 2000), MARGIN.usual, picture)).toBeNull();
    expect(canFocus({ width: 31, height: 900 })).toBe(false);
  });

  it("keeps no margin where the picture ends", () => {
    const picture = { width: 832, height: 1216 };
    expect(innerOf(between(0, 80, 320, 400), 48, picture)).toEqual(between(0, 128, 272, 352));
    expect(innerOf(between(512, 0, 832, 320), 48, picture)).toEqual(between(560, 0, 832, 272));
  });
});
