// From what is typed to the plan of a batch. Pure.

import type { Axis, BatchPlan, GenerateRequest, SeedRule } from "../ipc";

export type Kind = Axis["kind"];

export const KINDS: Kind[] = [
  "prompts",
  "scenes",
  "replace",
  "characters",
  "models",
  "samplers",
  "guidance",
  "steps",
  "sources",
];

/** An axis as it is typed: lines of text, or what was chosen. */
export interface Typed {
  kind: Kind;
  text: string;
  find: string;
  chosen: string[];
}

export const nothingTyped = (kind: Kind): Typed => ({ kind, text: "", find: "", chosen: [] });

const lines = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);

/** Numbers are apart by anything but digits and the point. */
const numbers = (text: string): number[] =>
  text
    .split(/[^\d.]+/)
    .filter(Boolean)
    .map(Number)
    .filter(Number.isFinite);

export function axisOf({ kind, text, find, chosen }: Typed): Axis {
  switch (kind) {
    case "prompts":
    case "scenes":
    case "characters":
      return { kind, values: lines(text) };
    case "replace":
      return { kind, find: find.trim(), values: lines(text) };
    case "models":
    case "samplers":
    case "sources":
      return { kind, values: chosen };
    case "guidance":
      return { kind, values: numbers(text) };
    case "steps":
      return { kind, values: numbers(text).map(Math.round) };
  }
}

export function planOf(request: GenerateRequest, typed: readonly Typed[], count: number, seeds: SeedRule): BatchPlan {
  return { request, axes: typed.map(axisOf), count, seeds };
}

/** Whether there is something on every axis. */
export function isWhole(plan: BatchPlan): boolean {
  return plan.axes.every((axis) => axis.values.length > 0 && (axis.kind !== "replace" || axis.find !== ""));
}
