// How a person likes to paint: tools and overlay as they were left. Kept in the browser's storage, not with a picture.

import type { Brush } from "./core/brush";
import { SIZE } from "./core/brush";
import type { Colour, OverlayLook } from "./core/overlay";
import { type Pattern, PATTERNS } from "./core/pattern";
import type { Mode } from "./core/spans";

/** Told apart by everyone, however they see colours (after Okabe and Ito). */
export const COLOURS = {
  sky: [86, 180, 233],
  orange: [230, 159, 0],
  green: [0, 158, 115],
  yellow: [240, 228, 66],
  purple: [204, 121, 167],
  red: [213, 94, 0],
} as const satisfies Record<string, Colour>;

export type ColourName = keyof typeof COLOURS;
export const COLOUR_NAMES = Object.keys(COLOURS) as ColourName[];

interface Nib {
  size: number;
  hardness: number;
}

interface Values {
  brush: Nib;
  eraser: Nib;
  shape: Brush["shape"];
  pressure: boolean;
  /** Size without pressure, as a share. */
  least: number;
  curve: number;
  /** 0 to 10. */
  stabiliser: number;
  mode: Mode;
  tolerance: number;
  contiguous: boolean;
  colour: ColourName;
  opacity: number;
  pattern: Pattern;
  outline: 0 | 1 | 2;
  cells: boolean;
}

const FIRST: Values = {
  brush: { size: 36, hardness: 1 },
  eraser: { size: 36, hardness: 1 },
  shape: "round",
  pressure: true,
  least: 0.2,
  curve: 0,
  stabiliser: 2,
  mode: "add",
  tolerance: 24,
  contiguous: true,
  colour: "sky",
  opacity: 0.55,
  pattern: "solid",
  outline: 1,
  cells: true,
};

const KEY = "atelier.canvas";

/** Screen pixels of string for one step of the stabiliser. */
const STRING = 5;

const clamp = (value: unknown, least: number, most: number, otherwise: number) =>
  typeof value === "number" && Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : otherwise;

const oneOf = <T>(value: unknown, values: readonly T[], otherwise: T): T =>
  values.find((known) => known === value) ?? otherwise;

/** What was kept, as far as it makes sense. */
function read(): Values {
  let kept: Partial<Record<keyof Values, unknown>> = {};
  try {
    const parsed: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    if (typeof parsed === "object" && parsed !== null) kept = parsed;
  } catch {
    // Not ours, or cut off: the first values do.
  }
  const nib = (value: unknown): Nib => {
    const { size, hardness } = typeof value === "object" && value !== null ? (value as Partial<Nib>) : {};
    return {
      size: Math.round(clamp(size, SIZE.min, SIZE.max, FIRST.brush.size)),
      hardness: clamp(hardness, 0, 1, 1),
    };
  };
  return {
    brush: nib(kept.brush),
    eraser: nib(kept.eraser),
    shape: oneOf(kept.shape, ["round", "square"], FIRST.shape),
    pressure: kept.pressure !== false,
    least: clamp(kept.least, 0, 1, FIRST.least),
    curve: clamp(kept.curve, -1, 1, FIRST.curve),
    stabiliser: Math.round(clamp(kept.stabiliser, 0, 10, FIRST.stabiliser)),
    mode: oneOf(kept.mode, ["add", "subtract", "intersect"], FIRST.mode),
    tolerance: Math.round(clamp(kept.tolerance, 0, 255, FIRST.tolerance)),
    contiguous: kept.contiguous !== false,
    colour: oneOf(kept.colour, COLOUR_NAMES, FIRST.colour),
    opacity: clamp(kept.opacity, 0.1, 1, FIRST.opacity),
    pattern: oneOf(kept.pattern, PATTERNS, FIRST.pattern),
    outline: oneOf(kept.outline, [0, 1, 2], FIRST.outline),
    cells: kept.cells !== false,
  };
}

export class Prefs {
  values: Values = $state(read());

  keep(): void {
    localStorage.setItem(KEY, JSON.stringify($state.snapshot(this.values)));
  }

  brushFor(tool: "brush" | "eraser"): Brush {
    const { size, hardness } = this.values[tool];
    const { shape, pressure, least, curve } = this.values;
    return { shape, size, hardness, pressure: pressure ? { least, curve } : null };
  }

  /** The length of the string, in pixels of a picture that is shown at `zoom`. */
  stringAt(zoom: number): number {
    return (this.values.stabiliser * STRING) / zoom;
  }

  get look(): OverlayLook {
    const { colour, opacity, pattern, outline } = this.values;
    return { colour: COLOURS[colour], opacity, pattern, outline };
  }
}
