// The focus box: the part of the picture that is sent, enlarged, so that the model sees it in detail. Sides and corners
// lie on the latent grid; the paint has to keep a margin to its sides, which gives the model something to go by.

import { CELL } from "./cells";
import { areaOf, between, type Extent, grown, intersection, isEmpty, outward, type Point, type Rect } from "./rect";

export const FOCUS = { min: 32, maxArea: 768 * 768 } as const;
export const MARGIN = { min: 32, max: 96, step: 8, usual: 48 } as const;

export type Handle = "n" | "ne" | "e" | "se" | "s" | "sw" | "w" | "nw";
export const HANDLES: readonly Handle[] = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];

const down = (value: number) => Math.floor(value / CELL) * CELL;
const near = (value: number) => Math.round(value / CELL) * CELL;
const clamp = (value: number, least: number, most: number) => Math.min(most, Math.max(least, value));

/** What of the picture whole cells cover. */
const reach = ({ width, height }: Extent): Extent => ({ width: down(width), height: down(height) });

/** Whether a picture is large enough for a box. */
export const canFocus = (picture: Extent) => picture.width >= FOCUS.min && picture.height >= FOCUS.min;

/** One side from a fixed end towards a pointer, on the grid, within the picture and no longer than allowed. */
function side(fixed: number, towards: number, limit: number, most: number): [from: number, to: number] {
  const longest = Math.max(FOCUS.min, down(most));
  if (towards >= fixed) {
    const from = Math.min(fixed, limit - FOCUS.min);
    return [from, clamp(near(towards), from + FOCUS.min, Math.min(limit, from + longest))];
  }
  const to = Math.max(fixed, FOCUS.min);
  return [clamp(near(towards), Math.max(0, to - longest), to - FOCUS.min), to];
}

/** The box from where a drag began to where it is. */
export function drawnBox(begin: Point, end: Point, picture: Extent): Rect {
  const { width, height } = reach(picture);
  const start = { x: clamp(near(begin.x), 0, width), y: clamp(near(begin.y), 0, height) };
  const [left, right] = side(start.x, end.x, width, FOCUS.maxArea / FOCUS.min);
  const [top, bottom] = side(start.y, end.y, height, FOCUS.maxArea / (right - left));
  return between(left, top, right, bottom);
}

/** The box with a side or a corner pulled to a point. */
export function resizedBox(box: Rect, handle: Handle, to: Point, picture: Extent): Rect {
  const limit = reach(picture);
  let [left, right] = [box.x, box.x + box.width];
  let [top, bottom] = [box.y, box.y + box.height];
  const pulls = (direction: string) => handle.includes(direction);
  const most = FOCUS.maxArea / (pulls("n") || pulls("s") ? FOCUS.min : box.height);
  if (pulls("e")) [left, right] = side(left, Math.max(to.x, left), limit.width, most);
  if (pulls("w")) [left, right] = side(right, Math.min(to.x, right - 1), limit.width, most);
  if (pulls("s")) [top, bottom] = side(top, Math.max(to.y, top), limit.height, FOCUS.maxArea / (right - left));
  if (pulls("n"))
    [top, bottom] = side(bottom, Math.min(to.y, bottom - 1), limit.height, FOCUS.maxArea / (right - left));
  return between(left, top, right, bottom);
}

/** The box moved by so many pixels, as far as the picture goes. */
export function movedBox(box: Rect, by: Point, picture: Extent): Rect {
  const { width, height } = reach(picture);
  const x = clamp(near(box.x + by.x), 0, width - box.width);
  const y = clamp(near(box.y + by.y), 0, height - box.height);
  return { ...box, x, y };
}

/** The smallest box around the paint and its margin; null where there is no paint, or where that would be too large. */
export function fittedBox(paint: Rect, margin: number, picture: Extent): Rect | null {
  const limit = reach(picture);
  if (isEmpty(paint) || !canFocus(picture)) return null;
  const around = intersection(outward(grown(paint, margin), CELL), { x: 0, y: 0, ...limit });
  if (isEmpty(around)) return null;
  const width = Math.max(FOCUS.min, around.width);
  const height = Math.max(FOCUS.min, around.height);
  const box = {
    x: clamp(around.x, 0, limit.width - width),
    y: clamp(around.y, 0, limit.height - height),
    width,
    height,
  };
  return areaOf(box) <= FOCUS.maxArea ? box : null;
}

/** Where paint counts. Along the edge of the picture there is nothing beyond, and no margin is kept. */
export function innerOf({ x, y, width, height }: Rect, margin: number, picture: Extent): Rect {
  const limit = reach(picture);
  return between(
    x <= 0 ? x : x + margin,
    y <= 0 ? y : y + margin,
    x + width >= limit.width ? x + width : x + width - margin,
    y + height >= limit.height ? y + height : y + height - margin,
  );
}
