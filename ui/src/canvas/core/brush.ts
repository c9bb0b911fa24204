// The brush and its stamps. A stamp sits on whole pixels: one of an odd size is centred on a pixel, one of an even size
// on a corner, so that the cursor can show exactly what it will paint.

import type { Point } from "./rect";

export interface Brush {
  readonly shape: "round" | "square";
  /** Diameter in pixels, 1 to 512. */
  readonly size: number;
  /** 0 to 1: how far from the middle it is full before it fades. */
  readonly hardness: number;
  /** How pressure changes the size; null: not at all. */
  readonly pressure: Pressure | null;
}

export interface Pressure {
  /** The size without any pressure, as a share of the whole. */
  readonly least: number;
  /** 0: in proportion; above it light pressure does more, below it less. -1 to 1. */
  readonly curve: number;
}

export const SIZE = { min: 1, max: 512 } as const;

/** Steps that are felt as equal, and are never none. */
const STEP = 1.15;

export function largerSize(size: number): number {
  return Math.min(SIZE.max, Math.max(size + 1, Math.round(size * STEP)));
}

export function smallerSize(size: number): number {
  return Math.max(SIZE.min, Math.min(size - 1, Math.round(size / STEP)));
}

/** The diameter at a pressure of 0 to 1. */
export function sizeAt({ size, pressure }: Brush, pressed: number): number {
  if (pressure === null) return size;
  const felt = Math.min(1, Math.max(0, pressed)) ** (4 ** -pressure.curve);
  return Math.min(SIZE.max, Math.max(SIZE.min, Math.round(size * (pressure.least + (1 - pressure.least) * felt))));
}

export interface Stamp {
  readonly size: number;
  /** Of each row, the first pixel and the one after the last. */
  readonly from: Int16Array;
  readonly to: Int16Array;
  /** How strong each pixel is; null where all are full. */
  readonly alpha: Uint8Array | null;
}

/** The top left pixel of a stamp around a point. */
export const cornerOf = (size: number, middle: number) => Math.floor(middle - size / 2 + 0.5);

/** A soft edge has sixteen strengths: the eye sees no more through the overlay, and undo packs them well. */
const STRENGTHS = 15;

const KEPT_BYTES = 8 * 1024 * 1024;
const kept = new Map<string, Stamp>();
let keptBytes = 0;

export function stampOf(shape: Brush["shape"], size: number, hardness: number): Stamp {
  const key = `${shape} ${size} ${hardness}`;
  const known = kept.get(key);
  if (known) return known;
  const made = shape === "round" ? round(size, hardness) : square(size, hardness);
  const bytes = size * 4 + (made.alpha?.length ?? 0);
  if (keptBytes + bytes > KEPT_BYTES) {
    kept.clear();
    keptBytes = 0;
  }
  kept.set(key, made);
  keptBytes += bytes;
  return made;
}

function round(size: number, hardness: number): Stamp {
  const radius = size / 2;
  const [from, to] = [new Int16Array(size), new Int16Array(size)];
  for (let row = 0; row < size; row++) {
    const height = row + 0.5 - radius;
    const half = Math.sqrt(Math.max(0, radius * radius - height * height));
    from[row] = Math.ceil(radius - half - 0.5);
    to[row] = Math.floor(radius + half - 0.5) + 1;
  }
  return { size, from, to, alpha: soft(size, hardness, (x, y) => Math.hypot(x, y)) };
}

function square(size: number, hardness: number): Stamp {
  const [from, to] = [new Int16Array(size), new Int16Array(size).fill(size)];
  return { size, from, to, alpha: soft(size, hardness, (x, y) => Math.max(Math.abs(x), Math.abs(y))) };
}

function soft(size: number, hardness: number, distance: (x: number, y: number) => number): Uint8Array | null {
  if (hardness >= 1 || size < 3) return null;
  const radius = size / 2;
  const alpha = new Uint8Array(size * size);
  for (let y = 0, at = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const away = distance(x + 0.5 - radius, y + 0.5 - radius) / radius;
      const fading = Math.min(1, Math.max(0, (away - hardness) / (1 - hardness)));
      const strength = 1 - fading * fading * (3 - 2 * fading);
      alpha[at++] = Math.round(strength * STRENGTHS) * (255 / STRENGTHS);
    }
  }
  return alpha;
}

/** The outline of a stamp as the corners of its pixels, clockwise from the top. */
export function outlineOf({ size, from, to }: Stamp): Point[] {
  const right: Point[] = [];
  const left: Point[] = [];
  for (let row = 0; row < size; row++) {
    const [first, after] = [from[row] ?? 0, to[row] ?? 0];
    if (after <= first) continue;
    right.push({ x: after, y: row }, { x: after, y: row + 1 });
    left.push({ x: first, y: row }, { x: first, y: row + 1 });
  }
  return [...right, ...left.reverse()];
}
