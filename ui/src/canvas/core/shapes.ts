// Rectangles, ellipses and polygons as spans. A pixel belongs to a shape if its centre does.

import type { Extent, Point } from "./rect";
import { Spans } from "./spans";

/** The box of two pixels, both of them in it, whichever corners they are. */
export function boxOf(one: Point, other: Point): { left: number; top: number; right: number; bottom: number } {
  const [left, right] = [Math.min(one.x, other.x), Math.max(one.x, other.x)];
  const [top, bottom] = [Math.min(one.y, other.y), Math.max(one.y, other.y)];
  return {
    left: Math.floor(left),
    top: Math.floor(top),
    right: Math.floor(right) + 1,
    bottom: Math.floor(bottom) + 1,
  };
}

export function rectangle(one: Point, other: Point, within: Extent): Spans {
  const { left, top, right, bottom } = boxOf(one, other);
  const spans = new Spans();
  for (let y = Math.max(0, top); y < Math.min(within.height, bottom); y++) {
    spans.add(y, Math.max(0, left), Math.min(within.width, right));
  }
  return spans;
}

/** The ellipse that fills the box of two pixels. */
export function ellipse(one: Point, other: Point, within: Extent): Spans {
  const { left, top, right, bottom } = boxOf(one, other);
  const [middleX, middleY] = [(left + right) / 2, (top + bottom) / 2];
  const [radiusX, radiusY] = [(right - left) / 2, (bottom - top) / 2];
  const spans = new Spans();
  for (let y = Math.max(0, top); y < Math.min(within.height, bottom); y++) {
    const height = (y + 0.5 - middleY) / radiusY;
    const half = Math.sqrt(Math.max(0, 1 - height * height)) * radiusX;
    const from = Math.ceil(middleX - half - 0.5);
    const to = Math.floor(middleX + half - 0.5) + 1;
    spans.add(y, Math.max(0, from), Math.min(within.width, to));
  }
  return spans;
}

/** A polygon by the even-odd rule: what is crossed twice is outside again. It closes itself. */
export function polygon(corners: readonly Point[], within: Extent): Spans {
  const spans = new Spans();
  if (corners.length < 3) return spans;
  const [highest, lowest] = extremes(corners);
  const top = Math.max(0, Math.floor(highest));
  const bottom = Math.min(within.height, Math.ceil(lowest) + 1);
  const edges = edgesOf(corners);
  let active: Edge[] = [];
  let next = 0;
  for (let y = top; y < bottom; y++) {
    const middle = y + 0.5;
    for (let edge = edges[next]; edge && edge.top <= middle; edge = edges[++next]) active.push(edge);
    active = active.filter((edge) => edge.bottom > middle);
    const crossings = active.map((edge) => edge.x + (middle - edge.top) * edge.slope).sort((one, other) => one - other);
    for (let at = 0; at + 1 < crossings.length; at += 2) {
      // From the first centre at or right of the one crossing to the last centre left of the other.
      const from = Math.ceil((crossings[at] ?? 0) - 0.5);
      const to = Math.ceil((crossings[at + 1] ?? 0) - 0.5);
      spans.add(y, Math.max(0, from), Math.min(within.width, to));
    }
  }
  return spans;
}

interface Edge {
  readonly top: number;
  readonly bottom: number;
  /** Where it begins, at its top. */
  readonly x: number;
  readonly slope: number;
}

/** The least and the greatest y. A lasso may have more corners than a call takes arguments. */
function extremes(corners: readonly Point[]): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const { y } of corners) {
    low = Math.min(low, y);
    high = Math.max(high, y);
  }
  return [low, high];
}

/** Edges that a row can cross, from the top down. Each contains its upper end and not its lower one, so that a corner
 *  is counted once. */
function edgesOf(corners: readonly Point[]): Edge[] {
  const edges: Edge[] = [];
  corners.forEach((corner, at) => {
    const other = corners[(at + 1) % corners.length] ?? corner;
    const [upper, lower] = corner.y <= other.y ? [corner, other] : [other, corner];
    if (upper.y === lower.y) return;
    edges.push({ top: upper.y, bottom: lower.y, x: upper.x, slope: (lower.x - upper.x) / (lower.y - upper.y) });
  });
  return edges.sort((one, other) => one.top - other.top);
}
