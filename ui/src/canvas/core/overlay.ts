// The mask as it is seen: a part of the screen is worked out pixel by pixel, from the screen back to the picture. What it
// costs follows the part that changed, not the picture. First the strength of the mask under each pixel, then colours,
// because an outline needs the neighbours.

import { CELL, type Cells } from "./cells";
import { type Mask, PAINTED } from "./mask";
import { PATTERN_SIZE, type Pattern, tileOf } from "./pattern";
import type { Point } from "./rect";
import { inverseOf, type Matrix, matrixOf, type View } from "./view";

export type Colour = readonly [red: number, green: number, blue: number];

export interface OverlayLook {
  readonly colour: Colour;
  /** 0 to 1. */
  readonly opacity: number;
  readonly pattern: Pattern;
  /** Screen pixels; 0: none. */
  readonly outline: 0 | 1 | 2;
}

/** Pixels to draw into, four bytes each, not multiplied by their alpha: what `ImageData` is. */
export interface Sheet {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

/** From this zoom on the latent grid is drawn. */
export const GRID_FROM = 4;

/** How far an outline looks around itself. */
const MARGIN = 2;

/** How much of the opacity remains between the strokes of a pattern. */
const FAINT = 0.34;

/** How many points of the picture are looked at for one pixel of the screen, across and down, when it is made smaller. */
const MOST_SAMPLES = 4;

/** No sample can be stronger. */
const FULL = 255;

/** Coverage of the mask, then the cells' edge and the grid as bits. */
let strengths = new Uint8Array(0);
let marks = new Uint8Array(0);

/** A pixel's cell: eight pixels to a side. */
const SHIFT = Math.log2(CELL);

const IN_CELL = 1;
const ON_GRID = 2;

/** Draws the part of the screen that begins at `origin` and is as large as the sheet. */
export function drawOverlay(
  sheet: Sheet,
  origin: Point,
  view: View,
  mask: Mask,
  cells: Cells | null,
  look: OverlayLook,
): void {
  const [width, height] = [sheet.width + 2 * MARGIN, sheet.height + 2 * MARGIN];
  if (strengths.length < width * height) {
    strengths = new Uint8Array(width * height);
    marks = new Uint8Array(width * height);
  }
  const area = { x: origin.x - MARGIN, y: origin.y - MARGIN, width, height };
  const back = inverseOf(matrixOf(view));
  const grid = view.zoom >= GRID_FROM;
  if (back.b === 0 && back.c === 0) lookUpright(area, back, mask, cells, grid, view.zoom);
  else lookTurned(area, back, mask, cells, grid, view.zoom);
  colour(sheet, width, origin, view, look);
}

interface Area extends Point {
  readonly width: number;
  readonly height: number;
}

const samplesAt = (zoom: number) => Math.min(MOST_SAMPLES, Math.max(1, Math.ceil(1 / zoom)));

/** Rows stay rows: where each column of the screen lies in the picture is looked up once. */
function lookUpright(area: Area, back: Matrix, mask: Mask, cells: Cells | null, grid: boolean, zoom: number): void {
  const samples = samplesAt(zoom);
  const columns = positions(area.x, area.width, back.a, back.e, mask.width, samples);
  const rows = positions(area.y, area.height, back.d, back.f, mask.height, samples);
  const { bytes } = mask;
  let at = 0;
  for (let y = 0; y < area.height; y++) {
    const middle = rows[y * samples + (samples >> 1)] ?? -1;
    const above = y > 0 ? (rows[(y - 1) * samples + (samples >> 1)] ?? -1) : middle;
    const rowOnGrid = grid && middle >= 0 && above >= 0 && middle >> SHIFT !== above >> SHIFT;
    const cellRow = cells && middle >= 0 ? (middle >> SHIFT) * cells.across : -1;
    for (let x = 0; x < area.width; x++, at++) {
      let strongest = 0;
      for (let down = 0; down < samples && strongest < FULL; down++) {
        const row = rows[y * samples + down] ?? -1;
        if (row < 0) continue;
        const start = row * mask.width;
        for (let across = 0; across < samples && strongest < FULL; across++) {
          const column = columns[x * samples + across] ?? -1;
          if (column < 0) continue;
          const strength = bytes[start + column] ?? 0;
          if (strength > strongest) strongest = strength;
        }
      }
      strengths[at] = strongest;
      let mark = 0;
      const column = columns[x * samples + (samples >> 1)] ?? -1;
      if (column >= 0 && middle >= 0) {
        if (cells && cellRow >= 0 && cells.bytes[cellRow + (column >> SHIFT)] === 1) mark = IN_CELL;
        if (grid) {
          const before = x > 0 ? (columns[(x - 1) * samples + (samples >> 1)] ?? -1) : column;
          if (rowOnGrid || (before >= 0 && before >> SHIFT !== column >> SHIFT)) mark |= ON_GRID;
        }
      }
      marks[at] = mark;
    }
  }
}

/** For each place on the screen its samples in the picture; -1 outside of it. */
function positions(
  start: number,
  length: number,
  scale: number,
  offset: number,
  limit: number,
  samples: number,
): Int32Array {
  const found = new Int32Array(length * samples);
  for (let at = 0; at < found.length; at++) {
    const place = Math.floor((start + (at + 0.5) / samples) * scale + offset);
    found[at] = place >= 0 && place < limit ? place : -1;
  }
  return found;
}

function lookTurned(area: Area, back: Matrix, mask: Mask, cells: Cells | null, grid: boolean, zoom: number): void {
  const samples = samplesAt(zoom);
  const { bytes, width, height } = mask;
  const step = 1 / samples;
  let at = 0;
  for (let y = 0; y < area.height; y++) {
    for (let x = 0; x < area.width; x++, at++) {
      let strongest = 0;
      for (let down = 0; down < samples && strongest < FULL; down++) {
        for (let across = 0; across < samples && strongest < FULL; across++) {
          const [screenX, screenY] = [area.x + x + (across + 0.5) * step, area.y + y + (down + 0.5) * step];
          const column = back.a * screenX + back.c * screenY + back.e;
          const row = back.b * screenX + back.d * screenY + back.f;
          if (column < 0 || row < 0 || column >= width || row >= height) continue;
          const strength = bytes[Math.floor(row) * width + Math.floor(column)] ?? 0;
          if (strength > strongest) strongest = strength;
        }
      }
      strengths[at] = strongest;
      let mark = 0;
      const column = Math.floor(back.a * (area.x + x + 0.5) + back.c * (area.y + y + 0.5) + back.e);
      const row = Math.floor(back.b * (area.x + x + 0.5) + back.d * (area.y + y + 0.5) + back.f);
      if (column >= 0 && row >= 0 && column < width && row < height) {
        if (cells?.bytes[(row >> SHIFT) * cells.across + (column >> SHIFT)] === 1) mark = IN_CELL;
        if (grid) {
          const beside = [Math.floor(column - back.a), Math.floor(row - back.b)] as const;
          const above = [Math.floor(column - back.c), Math.floor(row - back.d)] as const;
          const isOther = ([otherColumn, otherRow]: readonly [number, number]) =>
            otherColumn >> SHIFT !== column >> SHIFT || otherRow >> SHIFT !== row >> SHIFT;
          if (isOther(beside) || isOther(above)) mark |= ON_GRID;
        }
      }
      marks[at] = mark;
    }
  }
}

/** One pixel as `Uint32Array` has it on the machines there are: the lowest byte is red. */
function packed([red, green, blue]: Colour, alpha: number): number {
  return ((Math.round(alpha * 255) << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

const mix = ([red, green, blue]: Colour, [otherRed, otherGreen, otherBlue]: Colour, share: number): Colour => [
  Math.round(red + (otherRed - red) * share),
  Math.round(green + (otherGreen - green) * share),
  Math.round(blue + (otherBlue - blue) * share),
];

const LIGHT: Colour = [255, 255, 255];
const DARK: Colour = [10, 12, 18];

/** The colours of a look, packed; of the fills, one for each strength of the mask. */
interface Inks {
  readonly faint: Uint32Array;
  readonly strong: Uint32Array;
  readonly light: number;
  readonly dark: number;
  readonly cellFill: number;
  readonly cellEdge: number;
  readonly gridLine: number;
}

const inks = new WeakMap<OverlayLook, Inks>();

function inksOf(look: OverlayLook): Inks {
  const known = inks.get(look);
  if (known) return known;
  const { colour: tone, opacity } = look;
  const fill = (share: number) =>
    Uint32Array.from({ length: 256 }, (_, strength) => (strength === 0 ? 0 : packed(tone, (strength / 255) * share)));
  const made: Inks = {
    faint: fill(opacity * FAINT),
    strong: fill(opacity),
    light: packed(mix(tone, LIGHT, 0.72), Math.max(0.9, opacity)),
    dark: packed(DARK, 0.66),
    cellFill: packed(tone, opacity * 0.3),
    cellEdge: packed(mix(tone, LIGHT, 0.45), 0.8),
    gridLine: packed(mix(tone, LIGHT, 0.6), 0.22),
  };
  inks.set(look, made);
  return made;
}

function colour(sheet: Sheet, stride: number, origin: Point, view: View, look: OverlayLook): void {
  const { width, height } = sheet;
  const pixels = new Uint32Array(sheet.data.buffer, sheet.data.byteOffset, width * height);
  const tile = tileOf(look.pattern);
  const { faint, strong, light, dark, cellFill, cellEdge, gridLine } = inksOf(look);
  // Patterns lie on the picture: they move with it.
  const [shiftX, shiftY] = [wrap(origin.x - Math.round(view.x)), wrap(origin.y - Math.round(view.y))];
  for (let y = 0; y < height; y++) {
    const patternRow = ((y + shiftY) % PATTERN_SIZE) * PATTERN_SIZE;
    for (let x = 0; x < width; x++) {
      const at = (y + MARGIN) * stride + x + MARGIN;
      const strength = strengths[at] ?? 0;
      const mark = marks[at] ?? 0;
      let value = 0;
      if (strength > 0)
        value = (tile[patternRow + ((x + shiftX) % PATTERN_SIZE)] === 1 ? strong : faint)[strength] ?? 0;
      else if ((mark & IN_CELL) !== 0 && (x + shiftX + y + shiftY) % PATTERN_SIZE < 2) value = cellFill;
      if (look.outline > 0) {
        if (strength >= PAINTED) {
          if (hasUnpainted(at, stride)) value = light;
        } else if (look.outline === 2 && hasPainted(at, stride)) {
          value = dark;
        } else if ((mark & IN_CELL) !== 0 && strength === 0 && isCellEdge(at, stride)) {
          value = cellEdge;
        }
      }
      if ((mark & ON_GRID) !== 0 && value === 0) value = gridLine;
      pixels[y * width + x] = value;
    }
  }
}

const wrap = (value: number) => ((value % PATTERN_SIZE) + PATTERN_SIZE) % PATTERN_SIZE;

function hasUnpainted(at: number, stride: number): boolean {
  return (
    (strengths[at - 1] ?? 0) < PAINTED ||
    (strengths[at + 1] ?? 0) < PAINTED ||
    (strengths[at - stride] ?? 0) < PAINTED ||
    (strengths[at + stride] ?? 0) < PAINTED
  );
}

function hasPainted(at: number, stride: number): boolean {
  return (
    (strengths[at - 1] ?? 0) >= PAINTED ||
    (strengths[at + 1] ?? 0) >= PAINTED ||
    (strengths[at - stride] ?? 0) >= PAINTED ||
    (strengths[at + stride] ?? 0) >= PAINTED
  );
}

function isCellEdge(at: number, stride: number): boolean {
  return (
    ((marks[at - 1] ?? 0) & (marks[at + 1] ?? 0) & (marks[at - stride] ?? 0) & (marks[at + stride] ?? 0) & IN_CELL) ===
    0
  );
}

/** The part of the screen that has to be drawn again for a part that changed: an outline reaches beyond it. */
export const REACH = MARGIN;
