// Where characters stand: points on the picture, 0 to 1 from left to right and from top to bottom, three decimals.
// Plain functions over plain values; what is drawn, dragged and announced is elsewhere.

import type { Position } from "../ipc";

/** How a model places characters: anywhere, or in the cells of five by five. */
export type Placing = "free" | "grid";

/** What a dragged character has been drawn to, for the line that shows it. */
export interface Guide {
  /** `x`: an upright line at that x. */
  axis: "x" | "y";
  at: number;
  to: "third" | "centre" | "character";
}

export interface Snapped {
  position: Position;
  guides: Guide[];
}

const CELLS = [0.1, 0.3, 0.5, 0.7, 0.9] as const;
const COLUMNS = "ABCDE";

/** Where the first characters of a cast go, before anybody has moved them. */
const SLOTS: readonly number[] = [0.5, 0.3, 0.7, 0.1, 0.9];

const STILL: Omit<Guide, "axis">[] = [
  { at: 0.333, to: "third" },
  { at: 0.5, to: "centre" },
  { at: 0.667, to: "third" },
];

/** On the picture, to three decimals. What is no number is the centre. */
function coordinate(value: number): number {
  if (Number.isNaN(value)) return 0.5;
  return Math.round(Math.min(1, Math.max(0, value)) * 1000) / 1000;
}

export function within({ x, y }: Position): Position {
  return { x: coordinate(x), y: coordinate(y) };
}

const cellOf = (value: number): number => Math.min(4, Math.floor(5 * coordinate(value)));
const centreOf = (cell: number): number => CELLS[Math.min(4, Math.max(0, cell)) as 0 | 1 | 2 | 3 | 4];

/** The centre of the cell that a point lies in. */
export function toCell({ x, y }: Position): Position {
  return { x: centreOf(cellOf(x)), y: centreOf(cellOf(y)) };
}

/** A cell's name: columns A to E, rows 1 to 5. */
export function cellName({ x, y }: Position): string {
  return `${COLUMNS.charAt(cellOf(x))}${cellOf(y) + 1}`;
}

/** The point as the model takes it. */
export function settled(position: Position, placing: Placing): Position {
  return placing === "grid" ? toCell(position) : within(position);
}

/** A point for people: `C3` on the grid, `0.312 · 0.540` where it is free. */
export function named(position: Position, placing: Placing): string {
  const { x, y } = within(position);
  return placing === "grid" ? cellName(position) : `${x.toFixed(3)} · ${y.toFixed(3)}`;
}

/** One coordinate, drawn to the nearest of what is within reach. */
function drawn(value: number, axis: "x" | "y", others: readonly Position[], reach: number): [number, Guide[]] {
  const own = coordinate(value);
  const targets = [...STILL, ...others.map((other) => ({ at: coordinate(other[axis]), to: "character" as const }))];
  const near = targets.filter(({ at }) => Math.abs(at - own) <= reach);
  const nearest = near.sort((a, b) => Math.abs(a.at - own) - Math.abs(b.at - own))[0];
  return nearest ? [nearest.at, [{ axis, ...nearest }]] : [own, []];
}

/** Drawn to thirds, to the centre and to other characters within reach, on each axis by itself. */
export function snapped(position: Position, others: readonly Position[], reach: Position): Snapped {
  const [x, upright] = drawn(position.x, "x", others, reach.x);
  const [y, level] = drawn(position.y, "y", others, reach.y);
  return { position: { x, y }, guides: [...upright, ...level] };
}

export type Direction = "left" | "right" | "up" | "down";
export type Stride = "fine" | "usual" | "large";

const STRIDES: Record<Placing, Record<Stride, number>> = {
  free: { fine: 0.001, usual: 0.01, large: 0.1 },
  grid: { fine: 0.2, usual: 0.2, large: 0.4 },
};

/** A step by the keyboard. */
export function nudged(position: Position, direction: Direction, stride: Stride, placing: Placing): Position {
  const step = STRIDES[placing][stride];
  const { x, y } = settled(position, placing);
  switch (direction) {
    case "left":
      return settled({ x: x - step, y }, placing);
    case "right":
      return settled({ x: x + step, y }, placing);
    case "up":
      return settled({ x, y: y - step }, placing);
    case "down":
      return settled({ x, y: y + step }, placing);
  }
}

/** Where the next character goes: the first slot of the middle row that nobody stands in, or the centre. */
export function nextPlace(taken: readonly Position[]): Position {
  const cells = new Set(taken.map(cellName));
  const x = SLOTS.find((slot) => !cells.has(cellName({ x: slot, y: 0.5 }))) ?? 0.5;
  return { x, y: 0.5 };
}

/** How near two may come, as a part of the picture's shorter side, before the model is likely to mix them up. */
const TOO_NEAR = 0.1;

/** Pairs that stand in one another's place, by their places in the list. `shape` is width by height. */
export function overlapping(
  positions: readonly (Position | null)[],
  placing: Placing,
  shape: { width: number; height: number },
): [number, number][] {
  const short = Math.min(shape.width, shape.height);
  const pairs: [number, number][] = [];
  positions.forEach((one, first) => {
    positions.forEach((other, second) => {
      if (second <= first || !one || !other) return;
      const [a, b] = [settled(one, placing), settled(other, placing)];
      const apart = Math.hypot((a.x - b.x) * shape.width, (a.y - b.y) * shape.height) / short;
      if (apart < TOO_NEAR) pairs.push([first, second]);
    });
  });
  return pairs;
}
