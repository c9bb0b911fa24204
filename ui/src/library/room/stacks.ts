// Stacks: pictures of one recipe, one after the other in what was found. Folded, a stack has one cell for all of them. A
// place is a picture's among all; a cell is what is drawn. Pure.

import type { Group, Shapes } from "./layout";

/** In their order: where each begins, and how many pictures it has. */
export interface Stacks {
  starts: Uint32Array;
  counts: Uint32Array;
}

export const NO_STACKS: Stacks = { starts: new Uint32Array(), counts: new Uint32Array() };

const BYTES = 8;

export function readStacks(buffer: ArrayBuffer): Stacks {
  const count = Math.floor(buffer.byteLength / BYTES);
  const view = new DataView(buffer);
  const stacks = { starts: new Uint32Array(count), counts: new Uint32Array(count) };
  for (let index = 0; index < count; index += 1) {
    stacks.starts[index] = view.getUint32(index * BYTES, true);
    stacks.counts[index] = view.getUint32(index * BYTES + 4, true);
  }
  return stacks;
}

/** How many of the sorted numbers are at most this. */
function atMost(sorted: Uint32Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The stack that a place is in; null: it stands alone. */
export function stackAt({ starts, counts }: Stacks, place: number): { from: number; to: number } | null {
  const at = atMost(starts, place) - 1;
  const from = starts[at];
  const count = counts[at];
  if (from === undefined || count === undefined || place >= from + count) return null;
  return { from, to: from + count };
}

/** The places that have a cell, while these stacks are open; null: each has one. */
export function cellsOf(stacks: Stacks, open: readonly number[], total: number): Uint32Array | null {
  if (stacks.starts.length === 0) return null;
  const places = new Uint32Array(total);
  let cells = 0;
  let at = 0;
  for (let place = 0; place < total;) {
    places[cells] = place;
    cells += 1;
    if (stacks.starts[at] !== place) {
      place += 1;
      continue;
    }
    const count = stacks.counts[at] ?? 1;
    at += 1;
    if (open.includes(place)) {
      for (let member = 1; member < count; member += 1) places[cells++] = place + member;
    }
    place += count;
  }
  return places.slice(0, cells);
}

/** The cell that a place is drawn in. */
export function cellAt(cells: Uint32Array | null, place: number): number {
  return cells === null ? place : Math.max(0, atMost(cells, place) - 1);
}

/** The place that a cell begins with; behind the last cell, the one behind the last place. */
export function placeAt(cells: Uint32Array | null, cell: number, total: number): number {
  return cells === null ? cell : (cells[cell] ?? total);
}

/** The shapes of the cells. The pictures of an open stack count to the day of its first. */
export function shapesOf(shapes: Shapes, cells: Uint32Array | null, stacks: Stacks): Shapes {
  if (cells === null) return shapes;
  const drawn = {
    seconds: new Uint32Array(cells.length),
    widths: new Uint16Array(cells.length),
    heights: new Uint16Array(cells.length),
  };
  cells.forEach((place, cell) => {
    drawn.seconds[cell] = shapes.seconds[stackAt(stacks, place)?.from ?? place] ?? 0;
    drawn.widths[cell] = shapes.widths[place] ?? 0;
    drawn.heights[cell] = shapes.heights[place] ?? 0;
  });
  return drawn;
}

/** Groups of places as groups of cells. */
export function groupsOfCells(groups: readonly Group[], cells: Uint32Array | null): readonly Group[] {
  if (cells === null) return groups;
  const first = (place: number) => (place === 0 ? 0 : atMost(cells, place - 1));
  return groups.map((group) => ({ ...group, from: first(group.from), to: first(group.to) }));
}
