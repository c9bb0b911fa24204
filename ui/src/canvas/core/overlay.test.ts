import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { cellsFor, countCells, followCells } from "./cells";
import { blank, type Mask } from "./mask";
import { drawOverlay, type OverlayLook, type Sheet } from "./overlay";
import { PATTERNS, tileOf } from "./pattern";
import { wholeOf } from "./rect";
import { anyMask, drawn } from "./testing";
import type { View } from "./view";

const LOOK: OverlayLook = { colour: [40, 120, 255], opacity: 1, pattern: "solid", outline: 0 };
const UPRIGHT: View = { zoom: 1, angle: 0, mirrored: false, x: 0, y: 0 };

const sheetOf = (width: number, height: number): Sheet => ({
  width,
  height,
  data: new Uint8ClampedArray(width * height * 4),
});

/** `#` strong, `+` faint, `.` nothing. */
function seen(mask: Mask, view: View, width: number, height: number, look: Partial<OverlayLook> = {}): string[] {
  const sheet = sheetOf(width, height);
  drawOverlay(sheet, { x: 0, y: 0 }, view, mask, null, { ...LOOK, ...look });
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => {
      const alpha = sheet.data[(y * width + x) * 4 + 3] ?? 0;
      return alpha > 200 ? "#" : alpha > 0 ? "+" : ".";
    }).join(""),
  );
}

describe("the overlay", () => {
  const mask = drawn("#..", ".#.");

  it("at 100 % is the mask", () => expect(seen(mask, UPRIGHT, 4, 3)).toEqual(["#...", ".#..", "...."]));

  it("moves and grows with the view", () => {
    expect(seen(mask, { ...UPRIGHT, zoom: 2, x: 1 }, 8, 5)).toEqual([
      ".##.....",
      ".##.....",
      "...##...",
      "...##...",
      "........",
    ]);
  });

  it("is mirrored and turned with the view", () => {
    expect(seen(mask, { ...UPRIGHT, mirrored: true, x: 3 }, 3, 2)).toEqual(["..#", ".#."]);
    expect(seen(mask, { ...UPRIGHT, angle: Math.PI / 2, x: 2 }, 2, 3)).toEqual([".#", "#.", ".."]);
    expect(seen(mask, { ...UPRIGHT, angle: Math.PI, x: 3, y: 2 }, 3, 2)).toEqual([".#.", "..#"]);
  });

  it("loses no thin line when it is made smaller", () => {
    const line = blank(64, 64);
    line.bytes.fill(255, 64 * 21, 64 * 22);
    expect(seen(line, { ...UPRIGHT, zoom: 0.25 }, 16, 16).filter((row) => row === "#".repeat(16))).toHaveLength(1);
  });

  it("turned by nothing is the same as not turned", () => {
    fc.assert(
      fc.property(anyMask, fc.constantFrom(0.25, 0.5, 1, 3), (found, zoom) => {
        const straight = seen(found, { ...UPRIGHT, zoom }, 60, 60, { outline: 1 });
        const turned = seen(found, { ...UPRIGHT, zoom, angle: 1e-9 }, 60, 60, { outline: 1 });
        const differ = straight
          .join("")
          .split("")
          .filter((letter, at) => letter !== turned.join("")[at]).length;
        expect(differ).toBeLessThan(120);
      }),
      { numRuns: 40 },
    );
  });

  it("drawn in parts is the same as drawn at once", () => {
    fc.assert(
      fc.property(
        anyMask,
        fc.record({
          zoom: fc.constantFrom(0.3, 1, 5),
          angle: fc.constantFrom(0, 0.5),
          mirrored: fc.boolean(),
          x: fc.integer({ min: -9, max: 60 }),
          y: fc.integer({ min: -9, max: 9 }),
        }),
        fc.integer({ min: 1, max: 47 }),
        fc.constantFrom(...PATTERNS),
        (found, view, cut, pattern) => {
          const cells = cellsFor(found);
          followCells(cells, found, wholeOf(found), "any");
          const look: OverlayLook = { ...LOOK, pattern, outline: 2, opacity: 0.5 };
          const whole = sheetOf(48, 30);
          drawOverlay(whole, { x: 0, y: 0 }, view, found, cells, look);
          const [left, right] = [sheetOf(cut, 30), sheetOf(48 - cut, 30)];
          drawOverlay(left, { x: 0, y: 0 }, view, found, cells, look);
          drawOverlay(right, { x: cut, y: 0 }, view, found, cells, look);
          for (let y = 0; y < 30; y++) {
            const row = whole.data.subarray(y * 48 * 4, (y + 1) * 48 * 4);
            expect(row.subarray(0, cut * 4)).toEqual(left.data.subarray(y * cut * 4, (y + 1) * cut * 4));
            expect(row.subarray(cut * 4)).toEqual(right.data.subarray(y * (48 - cut) * 4, (y + 1) * (48 - cut) * 4));
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it("shows the latent grid from 400 % on", () => {
    const empty = blank(32, 32);
    expect(seen(empty, { ...UPRIGHT, zoom: 3.9 }, 64, 64).join("")).not.toContain("+");
    const grid = seen(empty, { ...UPRIGHT, zoom: 4 }, 64, 64);
    expect(grid[32]).toBe("+".repeat(64));
    expect(grid[5]?.indexOf("+")).toBe(32);
  });

  it("tells paint from picture by form, in every pattern but the solid one", () => {
    const whole = drawn(...Array.from({ length: 16 }, () => "#".repeat(16)));
    for (const pattern of PATTERNS) {
      const rows = seen(whole, UPRIGHT, 16, 16, { pattern, opacity: 0.9 }).join("");
      expect(rows).not.toContain(".");
      expect(rows.includes("+")).toBe(pattern !== "solid");
      expect(tileOf(pattern).some((bit) => bit === 1)).toBe(true);
    }
  });
});

describe("the cells of the latent grid", () => {
  it("count with any painted pixel, or with more than half of them", () => {
    const mask = blank(20, 8);
    mask.bytes[0] = 255;
    for (let y = 0; y < 8; y++) mask.bytes.fill(255, y * 20 + 8, y * 20 + (y === 0 ? 13 : 12));
    mask.bytes.fill(255, 20 + 16, 20 + 20);
    const cells = cellsFor(mask);
    followCells(cells, mask, wholeOf(mask), "any");
    expect([...cells.bytes]).toEqual([1, 1, 1]);
    followCells(cells, mask, wholeOf(mask), "half");
    expect([...cells.bytes]).toEqual([0, 1, 0]);
  });

  it("follow a change where it was", () => {
    fc.assert(
      fc.property(anyMask, fc.nat(80), fc.nat(80), (mask, x, y) => {
        const cells = cellsFor(mask);
        followCells(cells, mask, wholeOf(mask), "any");
        const rect = { x, y, width: 9, height: 5 };
        for (let row = y; row < Math.min(mask.height, y + 5); row++) {
          for (let column = x; column < Math.min(mask.width, x + 9); column++) {
            const at = row * mask.width + column;
            mask.bytes[at] = 255 - (mask.bytes[at] ?? 0);
          }
        }
        followCells(cells, mask, rect, "any");
        const fresh = cellsFor(mask);
        followCells(fresh, mask, wholeOf(mask), "any");
        expect(cells.bytes).toEqual(fresh.bytes);
        expect(countCells(cells)).toBe([...fresh.bytes].filter((cell) => cell === 1).length);
      }),
    );
  });
});
