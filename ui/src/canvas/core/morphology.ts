// Grow, shrink and smooth, by true distances: corners come out round. The work is done around what is painted, not over
// the whole picture.
//
// Grow only adds and shrink only takes away, so that growing and shrinking by as much leaves at least what there was.

import { boundsOf, type Canvas, PAINTED } from "./mask";
import { grown, intersection, isEmpty, NOTHING, type Rect, wholeOf } from "./rect";

/** Paints everything that is at most `radius` pixels away from what is painted. */
export function grow(canvas: Canvas, radius: number): Rect {
  const { mask } = canvas;
  const painted = boundsOf(mask, PAINTED);
  const area = intersection(grown(painted, Math.ceil(radius)), wholeOf(mask));
  if (radius <= 0 || isEmpty(area)) return NOTHING;
  const near = within(area, radius, (x, y) => (mask.bytes[y * mask.width + x] ?? 0) >= PAINTED);
  return write(canvas, area, near, 255);
}

/** Clears everything that is at most `radius` pixels away from what is not painted. The edge of the picture is no end
 *  of the paint. */
export function shrink(canvas: Canvas, radius: number): Rect {
  const { mask } = canvas;
  const painted = boundsOf(mask);
  // A frame of one pixel shows where the paint ends.
  const area = intersection(grown(painted, 1), wholeOf(mask));
  if (radius <= 0 || isEmpty(area)) return NOTHING;
  const near = within(area, radius, (x, y) => (mask.bytes[y * mask.width + x] ?? 0) < PAINTED);
  return write(canvas, area, near, 0);
}

/** Rounds corners, closes small holes and drops small specks: what more than half of its surroundings are. */
export function smooth(canvas: Canvas, radius: number): Rect {
  const { mask } = canvas;
  const area = intersection(grown(boundsOf(mask, PAINTED), Math.ceil(radius)), wholeOf(mask));
  if (radius <= 0 || isEmpty(area)) return NOTHING;
  let share = new Float32Array(area.width * area.height);
  for (let y = 0, at = 0; y < area.height; y++) {
    const from = (area.y + y) * mask.width + area.x;
    for (let x = 0; x < area.width; x++) share[at++] = (mask.bytes[from + x] ?? 0) >= PAINTED ? 1 : 0;
  }
  // Two boxes are nearly a bell.
  for (let pass = 0; pass < 2; pass++) share = blurred(share, area, Math.max(1, Math.round(radius / 2)));
  canvas.touch(area);
  for (let y = 0, at = 0; y < area.height; y++) {
    const from = (area.y + y) * mask.width + area.x;
    for (let x = 0; x < area.width; x++) mask.bytes[from + x] = (share[at++] ?? 0) > 0.5 - 1e-4 ? 255 : 0;
  }
  return area;
}

function write(canvas: Canvas, area: Rect, where: Uint8Array, value: number): Rect {
  const { mask } = canvas;
  canvas.touch(area);
  for (let y = 0, at = 0; y < area.height; y++) {
    const from = (area.y + y) * mask.width + area.x;
    for (let x = 0; x < area.width; x++) if (where[at++] === 1) mask.bytes[from + x] = value;
  }
  return area;
}

/** Of each pixel of an area, whether one that is asked for lies at most `radius` away. First how far it is in the same
 *  column, then, of each row, the lower hull of the parabolas that stand on those distances (Meijster's way). */
function within({ x: left, y: top, width, height }: Rect, radius: number, is: (x: number, y: number) => boolean) {
  const far = Math.ceil(radius) + 1;
  const column = new Uint16Array(width * height);
  for (let x = 0; x < width; x++) {
    let away = far;
    for (let y = 0, at = x; y < height; y++, at += width) {
      away = is(left + x, top + y) ? 0 : Math.min(far, away + 1);
      column[at] = away;
    }
    for (let y = height - 1, at = x + (height - 1) * width; y >= 0; y--, at -= width) {
      away = Math.min(column[at] ?? far, away + 1);
      column[at] = away;
    }
  }
  const result = new Uint8Array(width * height);
  const [at, start] = [new Int32Array(width), new Int32Array(width)];
  const limit = radius * radius;
  for (let y = 0; y < height; y++)
    nearInRow(column.subarray(y * width, (y + 1) * width), far, limit, at, start, result, y);
  return result;
}

function nearInRow(
  heights: Uint16Array,
  far: number,
  limit: number,
  at: Int32Array,
  start: Int32Array,
  result: Uint8Array,
  y: number,
): void {
  const width = heights.length;
  const squared = (x: number, from: number) => (x - from) ** 2 + (heights[from] ?? 0) ** 2;
  let top = -1;
  for (let x = 0; x < width; x++) {
    if ((heights[x] ?? far) >= far) continue;
    while (top >= 0 && squared(start[top] ?? 0, at[top] ?? 0) > squared(start[top] ?? 0, x)) top--;
    if (top < 0) {
      top = 0;
      at[0] = x;
      start[0] = 0;
      continue;
    }
    const other = at[top] ?? 0;
    const crossing =
      1 + Math.floor((x * x - other * other + (heights[x] ?? 0) ** 2 - (heights[other] ?? 0) ** 2) / (2 * (x - other)));
    if (crossing < width) {
      top++;
      at[top] = x;
      start[top] = crossing;
    }
  }
  if (top < 0) return;
  for (let x = width - 1; x >= 0; x--) {
    if (squared(x, at[top] ?? 0) <= limit) result[y * width + x] = 1;
    if (x === start[top]) top--;
  }
}

/** The mean over a square, by running sums. What lies outside the area counts as its edge does. */
function blurred(values: Float32Array, { width, height }: Rect, radius: number): Float32Array<ArrayBuffer> {
  const across = new Float32Array(values.length);
  for (let y = 0; y < height; y++) meanOfLine(values, across, y * width, 1, width, radius);
  const both = new Float32Array(values.length);
  for (let x = 0; x < width; x++) meanOfLine(across, both, x, width, height, radius);
  return both;
}

function meanOfLine(
  from: Float32Array,
  to: Float32Array,
  start: number,
  step: number,
  length: number,
  radius: number,
): void {
  const read = (place: number) => from[start + Math.min(length - 1, Math.max(0, place)) * step] ?? 0;
  let sum = 0;
  for (let place = -radius; place <= radius; place++) sum += read(place);
  for (let place = 0; place < length; place++) {
    to[start + place * step] = sum / (2 * radius + 1);
    sum += read(place + radius + 1) - read(place - radius);
  }
}
