import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { BUDGET, History } from "./history";
import { blank, type Canvas } from "./mask";
import { grow, shrink, smooth } from "./morphology";
import { NOTHING } from "./rect";
import { ellipse, polygon, rectangle } from "./shapes";
import { apply, type Mode } from "./spans";
import { Stroke } from "./stroke";
import { anyMask, anyPoint, differing } from "./testing";
import { clear, fillAll, invert } from "./whole";

const ROUND = { shape: "round", size: 14, hardness: 1, pressure: null } as const;
const anyMode = fc.constantFrom<Mode>("add", "subtract", "intersect");

/** Something a person does to a mask. */
const anyEdit: fc.Arbitrary<(canvas: Canvas) => unknown> = fc.oneof(
  fc.tuple(anyPoint, anyPoint, anyMode).map(
    ([one, other, mode]) =>
      (canvas: Canvas) =>
        apply(canvas, rectangle(one, other, canvas.mask), mode),
  ),
  fc.tuple(anyPoint, anyPoint, anyMode).map(
    ([one, other, mode]) =>
      (canvas: Canvas) =>
        apply(canvas, ellipse(one, other, canvas.mask), mode),
  ),
  fc.tuple(fc.array(anyPoint, { minLength: 3, maxLength: 7 }), anyMode).map(
    ([corners, mode]) =>
      (canvas: Canvas) =>
        apply(canvas, polygon(corners, canvas.mask), mode),
  ),
  fc
    .tuple(fc.array(anyPoint, { minLength: 1, maxLength: 6 }), fc.boolean(), fc.constantFrom(0, 0.5, 1))
    .map(([points, erases, hardness]) => (canvas: Canvas) => {
      const stroke = new Stroke(canvas, { ...ROUND, hardness }, erases);
      for (const point of points) stroke.to({ ...point, pressure: 1 });
      stroke.end();
    }),
  fc.constantFrom<(canvas: Canvas) => unknown>(
    invert,
    clear,
    fillAll,
    (canvas) => grow(canvas, 3),
    (canvas) => shrink(canvas, 2),
    (canvas) => smooth(canvas, 2),
  ),
);

describe("undo", () => {
  it("after n edits gives the first bytes back, and redo the last", () => {
    fc.assert(
      fc.property(anyMask, fc.array(anyEdit, { maxLength: 8 }), (mask, edits) => {
        const first = mask.bytes.slice();
        const history = new History(mask);
        for (const edit of edits) {
          edit(history);
          history.commit();
        }
        const last = mask.bytes.slice();
        const steps = history.depth;
        for (let step = 0; step < steps; step++) history.undo();
        expect(differing(mask.bytes, first)).toEqual([]);
        expect(history.canUndo).toBe(false);
        for (let step = 0; step < steps; step++) history.redo();
        expect(differing(mask.bytes, last)).toEqual([]);
        expect(history.canRedo).toBe(false);
      }),
    );
  });

  it("tells where it has changed something", () => {
    fc.assert(
      fc.property(anyMask, anyEdit, (mask, edit) => {
        const before = mask.bytes.slice();
        const history = new History(mask);
        edit(history);
        const changed = history.commit();
        for (const at of differing(mask.bytes, before)) {
          const [x, y] = [at % mask.width, Math.floor(at / mask.width)];
          expect(
            x >= changed.x && x < changed.x + changed.width && y >= changed.y && y < changed.y + changed.height,
          ).toBe(true);
        }
        expect(history.undo()).toEqual(changed);
      }),
    );
  });

  it("has no step for an edit that changed nothing", () => {
    const history = new History(blank(100, 100));
    apply(history, rectangle({ x: 3, y: 3 }, { x: 9, y: 9 }, history.mask), "subtract");
    expect(history.commit()).toBe(NOTHING);
    expect(history.canUndo).toBe(false);
  });

  it("drops an edit that was broken off, as if it had not begun", () => {
    fc.assert(
      fc.property(anyMask, anyEdit, (mask, edit) => {
        const before = mask.bytes.slice();
        const history = new History(mask);
        edit(history);
        history.drop();
        expect(differing(mask.bytes, before)).toEqual([]);
        expect(history.isOpen || history.canUndo).toBe(false);
      }),
    );
  });

  it("forgets what was taken back once something else is done", () => {
    const history = new History(blank(64, 64));
    fillAll(history);
    history.commit();
    history.undo();
    apply(history, rectangle({ x: 0, y: 0 }, { x: 1, y: 1 }, history.mask), "add");
    history.commit();
    expect(history.canRedo).toBe(false);
    expect(history.redo()).toBe(NOTHING);
  });

  it("lets the oldest steps go when the budget is used up, and keeps the newest", () => {
    const history = new History(blank(640, 640), 4000);
    for (let step = 0; step < 60; step++) {
      apply(
        history,
        ellipse({ x: step, y: step }, { x: step + 300, y: step + 200 }, history.mask),
        step % 2 ? "add" : "subtract",
      );
      history.commit();
    }
    expect(history.depth).toBeGreaterThan(0);
    expect(history.depth).toBeLessThan(60);
    expect(history.bytes).toBeLessThanOrEqual(4000);
  });

  it("keeps 200 strokes across the whole of 4096 × 4096 in 64 MiB", () => {
    const history = new History(blank(4096, 4096));
    for (let step = 0; step < 200; step++) {
      const stroke = new Stroke(history, { ...ROUND, size: 120 }, step % 3 === 2);
      const offset = (step * 613) % 4096;
      for (let point = 0; point <= 12; point++) {
        const along = (point / 12) * 4096;
        stroke.to({ x: along, y: (offset + Math.sin(point + step) * 900 + 4096) % 4096, pressure: 1 });
      }
      stroke.end();
      history.commit();
    }
    expect(history.depth).toBe(200);
    expect(history.bytes).toBeLessThan(64 * 1024 * 1024);
  }, 300_000);

  it("has room for 100 soft strokes across the whole of 4096 × 4096", () => {
    const history = new History(blank(4096, 4096));
    let changes = 0;
    for (let step = 0; step < 20; step++) {
      const stroke = new Stroke(history, { ...ROUND, size: 400, hardness: 0 }, step % 3 === 2);
      for (let point = 0; point <= 6; point++) {
        stroke.to({ x: (point / 6) * 4096, y: ((step * 613) % 4096) + Math.sin(point) * 500, pressure: 1 });
      }
      stroke.end();
      if (history.commit() !== NOTHING) changes++;
    }
    expect(changes).toBeGreaterThan(15);
    expect(history.depth).toBe(changes);
    expect(history.bytes).toBeLessThan((BUDGET / 100) * changes);
  }, 300_000);
});
