import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  boundsOnScreen,
  centred,
  fitted,
  flipped,
  held,
  inverseOf,
  matrixOf,
  panned,
  toPicture,
  toScreen,
  turned,
  type View,
  ZOOM,
  zoomed,
} from "./view";

const anyView: fc.Arbitrary<View> = fc.record({
  zoom: fc.double({ min: ZOOM.min, max: ZOOM.max, noNaN: true }),
  angle: fc.oneof(
    fc.constantFrom(0, Math.PI / 2, Math.PI, -Math.PI / 2),
    fc.double({ min: -Math.PI, max: Math.PI, noNaN: true }),
  ),
  mirrored: fc.boolean(),
  x: fc.double({ min: -3000, max: 3000, noNaN: true }),
  y: fc.double({ min: -3000, max: 3000, noNaN: true }),
});
const anyPlace = fc.record({
  x: fc.double({ min: -4096, max: 8192, noNaN: true }),
  y: fc.double({ min: -4096, max: 8192, noNaN: true }),
});
const PICTURE = { width: 832, height: 1216 };
const SCREEN = { width: 1000, height: 700 };
const UPRIGHT: View = { zoom: 1, angle: 0, mirrored: false, x: 0, y: 0 };

function near(one: { x: number; y: number }, other: { x: number; y: number }, within = 1e-6): void {
  expect(Math.hypot(one.x - other.x, one.y - other.y)).toBeLessThan(within);
}

describe("a view", () => {
  it("goes from picture to screen and back", () => {
    fc.assert(
      fc.property(anyView, anyPlace, (view, point) => {
        near(toPicture(view, toScreen(view, point)), point);
        near(toScreen(view, toPicture(view, point)), point);
      }),
    );
  });

  it("has an inverse that undoes its matrix", () => {
    fc.assert(
      fc.property(anyView, (view) => {
        const matrix = matrixOf(view);
        const back = inverseOf(matrix);
        expect(matrix.a * back.a + matrix.c * back.b).toBeCloseTo(1, 9);
        expect(matrix.b * back.a + matrix.d * back.b).toBeCloseTo(0, 9);
      }),
    );
  });

  it.each([
    ["zooming", (view: View, at: { x: number; y: number }) => zoomed(view, 1.7, at)],
    ["turning", (view: View, at: { x: number; y: number }) => turned(view, 0.6, at)],
    ["mirroring", (view: View, at: { x: number; y: number }) => flipped(view, at)],
  ])("keeps what lies under the pointer there while %s", (_name, change) => {
    fc.assert(
      fc.property(anyView, anyPlace, (view, at) => {
        near(toScreen(change(view, at), toPicture(view, at)), at, 1e-5);
      }),
    );
  });

  it("never zooms out of its range", () => {
    fc.assert(
      fc.property(anyView, fc.double({ min: 0.001, max: 1000, noNaN: true }), anyPlace, (view, factor, at) => {
        const { zoom } = zoomed(view, factor, at);
        expect(zoom >= ZOOM.min && zoom <= ZOOM.max).toBe(true);
      }),
    );
  });

  it("mirrored and turned twice is as before", () => {
    const view = { ...UPRIGHT, angle: 0.4, x: 30, y: 40 };
    const at = { x: 100, y: 90 };
    const twice = flipped(flipped(view, at), at);
    near(twice, view);
    expect(twice.angle).toBeCloseTo(view.angle);
    near(turned(turned(view, 1, at), -1, at), view);
  });

  it("mirrored shows the picture's left on the right, however it is turned", () => {
    for (const angle of [0, 0.7, Math.PI / 2]) {
      const view = { ...UPRIGHT, angle };
      const at = { x: 0, y: 0 };
      const [before, after] = [toScreen(view, { x: 10, y: 3 }), toScreen(flipped(view, at), { x: 10, y: 3 })];
      near(after, { x: -before.x, y: before.y });
    }
  });

  it("fits the whole picture, turned or not, and is sharp at 100 %", () => {
    for (const angle of [0, Math.PI / 2, 0.5]) {
      const bounds = boundsOnScreen(fitted({ ...UPRIGHT, angle }, PICTURE, SCREEN, 20), { x: 0, y: 0, ...PICTURE });
      expect(bounds.width).toBeLessThanOrEqual(SCREEN.width - 36);
      expect(bounds.height).toBeLessThanOrEqual(SCREEN.height - 36);
    }
    expect(fitted(UPRIGHT, { width: 64, height: 64 }, SCREEN, 20).zoom).toBe(1);
    const { x, y } = centred(UPRIGHT, { width: 63, height: 63 }, SCREEN);
    expect([x % 1, y % 1]).toEqual([0, 0]);
  });

  it("can't be pushed off the screen", () => {
    fc.assert(
      fc.property(anyView, (view) => {
        const { x, y, width, height } = boundsOnScreen(held(view, PICTURE, SCREEN, 40), { x: 0, y: 0, ...PICTURE });
        expect(x + width >= 39 && x <= SCREEN.width - 38 && y + height >= 39 && y <= SCREEN.height - 38).toBe(true);
      }),
    );
    expect(held(panned(UPRIGHT, 5, 5), PICTURE, SCREEN, 40)).toEqual(panned(UPRIGHT, 5, 5));
  });
});
