// Where each picture of a search stands. Plain numbers for a hundred thousand pictures and more: what is on the screen is
// found by a search in the rows, and nothing is measured.

import { midnight } from "../days";

export type Mode = "justified" | "square";

/** What the shell tells of all pictures of a search, in its order: used where it came to lie. */
export interface Shapes {
  seconds: Uint32Array;
  widths: Uint16Array;
  heights: Uint16Array;
}

const BYTES = 8;

export function readShapes(buffer: ArrayBuffer): Shapes {
  const count = Math.floor(buffer.byteLength / BYTES);
  // Little endian, as every system is that the app runs on.
  return {
    seconds: new Uint32Array(buffer, 0, count),
    widths: new Uint16Array(buffer, 4 * count, count),
    heights: new Uint16Array(buffer, 6 * count, count),
  };
}

/** Pictures under one heading: from one place until before another. */
export interface Group {
  key: string;
  from: number;
  to: number;
}

/** Runs of the same day of the person's calendar; the order stays. */
export function groupByDay({ seconds }: Shapes): Group[] {
  const groups: Group[] = [];
  let start = NaN;
  let end = NaN;
  for (let index = 0; index < seconds.length; index += 1) {
    const moment = (seconds[index] ?? 0) * 1000;
    const last = groups.at(-1);
    if (last && moment >= start && moment < end) {
      last.to = index + 1;
      continue;
    }
    start = midnight(moment);
    // A day may have 23 or 25 hours.
    end = midnight(start + 36 * 3_600_000);
    groups.push({ key: String(start), from: index, to: index + 1 });
  }
  return groups;
}

/** Groups that the shell has made, one after the other. */
export function groupsOf(counts: readonly { name: string; count: number }[]): Group[] {
  let from = 0;
  return counts.map(({ name, count }, index) => {
    const group = { key: `${index}:${name}`, from, to: from + count };
    from += count;
    return group;
  });
}

export interface Section extends Group {
  top: number;
  /** Where its pictures end. */
  bottom: number;
  folded: boolean;
}

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface Layout {
  sections: Section[];
  height: number;
  /** A row is told by its first picture, the first behind it, its top and its height. */
  rowFrom: Int32Array;
  rowTo: Int32Array;
  rowTop: Float64Array;
  rowHeight: Float32Array;
  rows: number;
  lefts: Float32Array;
  widths: Float32Array;
  count: number;
}

export const HEADING = 40;
const BETWEEN = 14;

export interface Frame {
  width: number;
  /** How high a row of pictures is meant to be. */
  size: number;
  gap: number;
  mode: Mode;
}

export function layOut(
  shapes: Shapes,
  groups: readonly Group[],
  foldedKeys: readonly string[],
  { width, size, gap, mode }: Frame,
): Layout {
  const folded = new Set(foldedKeys);
  const count = shapes.widths.length;
  const layout: Layout = {
    sections: [],
    height: 0,
    rowFrom: new Int32Array(count + 1),
    rowTo: new Int32Array(count + 1),
    rowTop: new Float64Array(count + 1),
    rowHeight: new Float32Array(count + 1),
    rows: 0,
    lefts: new Float32Array(count),
    widths: new Float32Array(count),
    count,
  };
  let top = 0;
  const row = (from: number, to: number, height: number): void => {
    layout.rowFrom[layout.rows] = from;
    layout.rowTo[layout.rows] = to;
    layout.rowTop[layout.rows] = top;
    layout.rowHeight[layout.rows] = height;
    layout.rows += 1;
    let left = 0;
    for (let index = from; index < to; index += 1) {
      const own = mode === "square" ? height : aspect(shapes, index) * height;
      layout.lefts[index] = left;
      layout.widths[index] = own;
      left += own + gap;
    }
    top += height + gap;
  };
  for (const group of groups) {
    const start = top;
    const isFolded = folded.has(group.key);
    top += HEADING;
    if (!isFolded) {
      if (mode === "square") squares(group, width, size, gap, row);
      else justified(shapes, group, width, size, gap, row);
    }
    layout.sections.push({ ...group, top: start, bottom: top, folded: isFolded });
    top += BETWEEN;
  }
  layout.height = top;
  return layout;
}

function aspect({ widths, heights }: Shapes, index: number): number {
  // Banners and towers are cut: they would be a row or a column of their own.
  return Math.min(3, Math.max(0.4, Math.max(1, widths[index] ?? 1) / Math.max(1, heights[index] ?? 1)));
}

type Row = (from: number, to: number, height: number) => void;

function squares({ from, to }: Group, width: number, size: number, gap: number, row: Row): void {
  const columns = Math.max(1, Math.round((width + gap) / (size + gap)));
  const side = (width - gap * (columns - 1)) / columns;
  for (let index = from; index < to; index += columns) row(index, Math.min(to, index + columns), side);
}

/** Rows of one height each that fill the width; the last one is as high as it is meant to be. */
function justified(shapes: Shapes, { from, to }: Group, width: number, size: number, gap: number, row: Row): void {
  let first = from;
  let sum = 0;
  for (let index = from; index < to; index += 1) {
    sum += aspect(shapes, index);
    const room = width - gap * (index - first);
    if (sum * size >= room) {
      row(first, index + 1, room / sum);
      first = index + 1;
      sum = 0;
    }
  }
  if (first < to) {
    const room = width - gap * (to - first - 1);
    row(first, to, Math.min(size, room / sum));
  }
}

/** The row that a height lies in, or the first below it. */
export function rowAt({ rowTop, rowHeight, rows }: Layout, y: number): number {
  let low = 0;
  let high = rows;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rowTop[middle] ?? 0) + (rowHeight[middle] ?? 0) < y) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first picture behind a row. */
function endOf({ rowTo }: Layout, row: number): number {
  return rowTo[row] ?? 0;
}

/** Places of the pictures between two heights, in their order. */
export function between(layout: Layout, from: number, to: number): { index: number; box: Box }[] {
  const cells: { index: number; box: Box }[] = [];
  for (let row = rowAt(layout, from); row < layout.rows; row += 1) {
    const top = layout.rowTop[row] ?? 0;
    if (top > to) break;
    const height = layout.rowHeight[row] ?? 0;
    for (let index = layout.rowFrom[row] ?? 0; index < endOf(layout, row); index += 1) {
      const [left, width] = [layout.lefts[index] ?? 0, layout.widths[index] ?? 0];
      cells.push({ index, box: { left, top, width, height } });
    }
  }
  return cells;
}

/** The row of a picture; null: it is folded away. */
export function rowOf(layout: Layout, index: number): number | null {
  let low = 0;
  let high = layout.rows;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((layout.rowFrom[middle] ?? 0) <= index) low = middle + 1;
    else high = middle;
  }
  const row = low - 1;
  return row >= 0 && index < endOf(layout, row) ? row : null;
}

export function boxOf(layout: Layout, index: number): Box | null {
  const row = rowOf(layout, index);
  if (row === null) return null;
  return {
    left: layout.lefts[index] ?? 0,
    top: layout.rowTop[row] ?? 0,
    width: layout.widths[index] ?? 0,
    height: layout.rowHeight[row] ?? 0,
  };
}

/** Pictures that a rectangle touches. */
export function touched(layout: Layout, area: Box): number[] {
  return between(layout, area.top, area.top + area.height)
    .filter(
      ({ box }) =>
        box.left < area.left + area.width &&
        box.left + box.width > area.left &&
        box.top < area.top + area.height &&
        box.top + box.height > area.top,
    )
    .map(({ index }) => index);
}

/** Where an arrow key goes from a picture; null: the key means nothing here. */
export function step(layout: Layout, at: number, key: string, page: number): number | null {
  const last = layout.count - 1;
  if (last < 0) return null;
  switch (key) {
    case "ArrowLeft":
      return Math.max(0, at - 1);
    case "ArrowRight":
      return Math.min(last, at + 1);
    case "Home":
      return 0;
    case "End":
      return last;
    case "ArrowUp":
      return vertically(layout, at, -1);
    case "ArrowDown":
      return vertically(layout, at, 1);
    case "PageUp":
      return vertically(layout, at, -1, page);
    case "PageDown":
      return vertically(layout, at, 1, page);
    default:
      return null;
  }
}

function vertically(layout: Layout, at: number, way: 1 | -1, far = 0): number {
  const row = rowOf(layout, at);
  if (row === null) return at;
  const goal = far > 0 ? rowAt(layout, (layout.rowTop[row] ?? 0) + way * far) : row + way;
  const to = Math.min(layout.rows - 1, Math.max(0, goal === row ? row + way : goal));
  if (to === row) return at;
  const middle = (layout.lefts[at] ?? 0) + (layout.widths[at] ?? 0) / 2;
  let best = layout.rowFrom[to] ?? at;
  let least = Infinity;
  for (let index = best; index < endOf(layout, to); index += 1) {
    const away = Math.abs((layout.lefts[index] ?? 0) + (layout.widths[index] ?? 0) / 2 - middle);
    if (away < least) [best, least] = [index, away];
  }
  return best;
}
