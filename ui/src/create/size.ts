// Sides and area: what a typed side becomes, what a size that is too large could be instead, and how far a size must
// shrink to be included again.

import type { Limits, OwnSize, Size, SizePreset } from "../ipc";

export interface Snapped {
  value: number;
  /** Why it is not what was typed. */
  why: "step" | "tooSmall" | null;
}

/** A typed side, to the nearest multiple of the step (ties go up) and not below the smallest. */
export function snapSide(typed: number, { sideStep, minSide }: Limits): Snapped {
  const value = Math.round(typed / sideStep) * sideStep;
  if (value < minSide) return { value: minSide, why: typed < minSide ? "tooSmall" : "step" };
  return { value, why: value === typed ? null : "step" };
}

/** The other multiple of the step beside what was typed. */
export function otherSide(typed: number, { value }: Snapped, { sideStep, minSide }: Limits): number | null {
  const other = value > typed ? value - sideStep : value + sideStep;
  return other >= minSide ? other : null;
}

/** The nearest size that is not too large: the side just typed stays as long as it can, the other gives way. */
export function withinArea({ width, height }: Size, kept: "width" | "height", limits: Limits): Size {
  const { sideStep, minSide, maxArea } = limits;
  const down = (side: number) => Math.max(minSide, Math.floor(side / sideStep) * sideStep);
  const first = Math.min(kept === "width" ? width : height, down(maxArea / minSide));
  const second = Math.min(kept === "width" ? height : width, down(maxArea / first));
  return kept === "width" ? { width: first, height: second } : { width: second, height: first };
}

export function isTooLarge({ width, height }: Size, { maxArea }: Limits): boolean {
  return width * height > maxArea;
}

/** Which way a size lies. */
export function shapeOf({ width, height }: Size): SizePreset["shape"] {
  return width > height ? "landscape" : width < height ? "portrait" : "square";
}

/** The size to go back to from one that is larger than what is included: the largest of the presets that lies the same
 *  way, or the same proportions made smaller. */
export function included(size: Size, presets: readonly SizePreset[], { freeArea, sideStep, minSide }: Limits): Size {
  const preset = presets
    .filter(({ shape, width, height }) => shape === shapeOf(size) && width * height <= freeArea)
    .sort((a, b) => b.width * b.height - a.width * a.height)[0];
  if (preset) return { width: preset.width, height: preset.height };
  const scale = Math.sqrt(freeArea / (size.width * size.height));
  const down = (side: number) => Math.max(minSide, Math.floor((side * scale) / sideStep) * sideStep);
  return { width: down(size.width), height: down(size.height) };
}

export function sameSize(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height;
}

/** The own size that a size is, if it is one. */
export function ownSize(size: Size, own: readonly OwnSize[]): OwnSize | undefined {
  return own.find((candidate) => sameSize(candidate, size));
}
