// Sides and area: what a typed side becomes, and what a size that is too large could be instead.

import type { Limits, Size } from "../ipc";

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
