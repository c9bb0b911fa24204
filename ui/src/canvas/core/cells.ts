// Which cells of the latent grid the mask reaches, to be drawn around it. What is sent is worked out in Rust, by the
// same two rules; this follows the brush.

import { type Mask, PAINTED } from "./mask";
import { intersection, isEmpty, outward, type Rect, wholeOf } from "./rect";

export const CELL = 8;

/** When a cell counts: with any painted pixel, or with more than half of them. */
export type CellRule = "any" | "half";

export interface Cells {
  readonly across: number;
  readonly down: number;
  /** 1 where a cell counts. */
  readonly bytes: Uint8Array;
}

export function cellsFor({ width, height }: Mask): Cells {
  const [across, down] = [Math.ceil(width / CELL), Math.ceil(height / CELL)];
  return { across, down, bytes: new Uint8Array(across * down) };
}

/** Looks at the cells that a change may have touched, and answers the pixels they cover. */
export function followCells(cells: Cells, mask: Mask, changed: Rect, rule: CellRule): Rect {
  const area = intersection(outward(changed, CELL), wholeOf(mask));
  if (isEmpty(area)) return area;
  for (let y = area.y; y < area.y + area.height; y += CELL) {
    for (let x = area.x; x < area.x + area.width; x += CELL) {
      cells.bytes[(y / CELL) * cells.across + x / CELL] = counts(mask, x, y, rule) ? 1 : 0;
    }
  }
  return area;
}

function counts({ bytes, width, height }: Mask, left: number, top: number, rule: CellRule): boolean {
  const [right, bottom] = [Math.min(width, left + CELL), Math.min(height, top + CELL)];
  const needed = rule === "any" ? 1 : Math.floor(((right - left) * (bottom - top)) / 2) + 1;
  let found = 0;
  for (let y = top; y < bottom; y++) {
    for (let at = y * width + left; at < y * width + right; at++) {
      if ((bytes[at] ?? 0) >= PAINTED && ++found >= needed) return true;
    }
  }
  return false;
}

export function countCells({ bytes }: Cells): number {
  let count = 0;
  for (const cell of bytes) count += cell;
  return count;
}
