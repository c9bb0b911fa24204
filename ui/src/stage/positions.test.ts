import { describe, expect, it } from "vitest";

import type { Position } from "../ipc";
import {
  cellName,
  type Direction,
  named,
  nextPlace,
  nudged,
  overlapping,
  type Placing,
  settled,
  snapped,
  type Stride,
  toCell,
  within,
} from "./positions";

/** Points of all kinds, the same in every run: on the picture, on its edges, outside, and nowhere. */
function points(count: number): Position[] {
  let state = 20_261_126;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
  const odd = [0, 1, -0.0004, 1.0004, 0.2, 0.4, 0.6, 0.8, 1e9, -Infinity, Infinity, NaN];
  const one = () => (next() < 0.2 ? (odd[Math.floor(next() * odd.length)] ?? 0) : next() * 1.4 - 0.2);
  return Array.from({ length: count }, () => ({ x: one(), y: one() }));
}

const POINTS = points(600);
const REACH = { x: 0.02, y: 0.015 };
const PLACINGS: Placing[] = ["free", "grid"];

function expectOnPicture({ x, y }: Position): void {
  for (const value of [x, y]) {
    expect(value).toBeGreaterThanOrEqual(0);
    expect(value).toBeLessThanOrEqual(1);
    expect(Number(value.toFixed(3))).toBe(value);
  }
}

describe("any point whatever", () => {
  it.each(PLACINGS)("settles on the picture, to three decimals, and stays there (%s)", (placing) => {
    for (const point of POINTS) {
      const once = settled(point, placing);
      expectOnPicture(once);
      expect(settled(once, placing)).toEqual(once);
    }
  });

  it("is drawn to guides once: drawing it again changes nothing", () => {
    for (const [index, point] of POINTS.entries()) {
      const others = POINTS.slice(index + 1, index + 4);
      const once = snapped(point, others, REACH);
      expectOnPicture(once.position);
      expect(snapped(once.position, others, REACH)).toEqual(once);
    }
  });

  it("is drawn no further than the reach", () => {
    for (const point of POINTS) {
      const { position } = snapped(point, POINTS.slice(0, 3), REACH);
      const from = within(point);
      expect(Math.abs(position.x - from.x)).toBeLessThanOrEqual(REACH.x);
      expect(Math.abs(position.y - from.y)).toBeLessThanOrEqual(REACH.y);
    }
  });

  it.each(PLACINGS)("comes back when it is nudged there and back, away from the edges (%s)", (placing) => {
    const back: Record<Direction, Direction> = { left: "right", right: "left", up: "down", down: "up" };
    for (const point of POINTS) {
      const from = settled(point, placing);
      if ([from.x, from.y].some((value) => value < 0.25 || value > 0.75)) continue;
      for (const direction of Object.keys(back) as Direction[]) {
        const there = nudged(from, direction, "usual", placing);
        expectOnPicture(there);
        expect(there).not.toEqual(from);
        expect(nudged(there, back[direction], "usual", placing)).toEqual(from);
      }
    }
  });

  it.each(["fine", "usual", "large"] satisfies Stride[])("never leaves the picture by %s steps", (stride) => {
    for (const placing of PLACINGS) {
      let at = settled({ x: 0.5, y: 0.5 }, placing);
      for (let step = 0; step < 1200; step++) at = nudged(at, step % 2 ? "left" : "up", stride, placing);
      expect(at).toEqual(placing === "grid" ? { x: 0.1, y: 0.1 } : { x: 0, y: 0 });
    }
  });
});

describe("the grid", () => {
  it.each([
    [0, 0, "A1", 0.1, 0.1],
    [0.199, 0.2, "A2", 0.1, 0.3],
    [0.5, 0.5, "C3", 0.5, 0.5],
    [0.6, 0.8, "D5", 0.7, 0.9],
    [1, 1, "E5", 0.9, 0.9],
  ])("has %d, %d in %s", (x, y, name, cx, cy) => {
    expect(cellName({ x, y })).toBe(name);
    expect(toCell({ x, y })).toEqual({ x: cx, y: cy });
  });

  it("is said by its cells, and free places by their numbers", () => {
    expect(named({ x: 0.312, y: 0.54 }, "grid")).toBe("B3");
    expect(named({ x: 0.312, y: 0.54 }, "free")).toBe("0.312 · 0.540");
  });
});

describe("guides", () => {
  it("say what a character was drawn to, the nearest first", () => {
    const { position, guides } = snapped({ x: 0.505, y: 0.72 }, [{ x: 0.506, y: 0.71 }], REACH);
    expect(position).toEqual({ x: 0.506, y: 0.71 });
    expect(guides).toEqual([
      { axis: "x", at: 0.506, to: "character" },
      { axis: "y", at: 0.71, to: "character" },
    ]);
  });

  it("are silent where nothing is near", () => {
    expect(snapped({ x: 0.41, y: 0.9 }, [], REACH)).toEqual({ position: { x: 0.41, y: 0.9 }, guides: [] });
  });
});

describe("a cast", () => {
  it("starts in the middle row, each in a place of their own", () => {
    const taken: Position[] = [];
    for (let member = 0; member < 5; member++) taken.push(nextPlace(taken));
    expect(taken.map(({ x }) => x)).toEqual([0.5, 0.3, 0.7, 0.1, 0.9]);
    expect(nextPlace(taken)).toEqual({ x: 0.5, y: 0.5 });
  });

  it("overlaps where two stand in one place, and not where a model can tell them apart", () => {
    const shape = { width: 832, height: 1216 };
    const cast = [{ x: 0.5, y: 0.5 }, { x: 0.54, y: 0.5 }, null, { x: 0.9, y: 0.1 }];
    expect(overlapping(cast, "free", shape)).toEqual([[0, 1]]);
    expect(overlapping([cast[0] ?? null, { x: 0.65, y: 0.5 }], "grid", shape)).toEqual([]);
    expect(overlapping([cast[0] ?? null, { x: 0.59, y: 0.41 }], "grid", shape)).toEqual([[0, 1]]);
  });
});
