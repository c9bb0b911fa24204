// What can be done to a picture, as values: the ways to make it larger, the director tools, the drawings. Words for them
// stand in `say.ts`, prices come from the shell.

import type { Catalogue, Step, Tool } from "../ipc";

export type Tools = Catalogue["tools"];
export type ToolKind = Tool["kind"];

/** The ways to make a picture larger, as a person thinks of them. */
export const WAYS = ["novelai", "waifu2x", "lanczos"] as const;
export type Way = (typeof WAYS)[number];

/** What the ways on this machine can do. */
export const LOCAL_SCALES = [2, 4] as const;
export const NOISES = [null, 0, 1, 2, 3] as const;

export type StepOf<K extends Step["kind"]> = Extract<Step, { kind: K }>;

/** Whether a server works on it, for a price. */
export function isPaid(step: Step): boolean {
  switch (step.kind) {
    case "upscale":
    case "augment":
      return true;
    case "enlarge":
    case "annotate":
      return false;
  }
}

export function wayOf(step: StepOf<"upscale" | "enlarge">): Way {
  return step.kind === "upscale" ? "novelai" : step.way.kind;
}

/** A way to make pictures larger, as it starts. */
export function freshWay(way: Way, { upscale }: Tools): StepOf<"upscale" | "enlarge"> {
  const scale = upscale.scales[0] ?? 2;
  switch (way) {
    case "novelai":
      return { kind: "upscale", model: upscale.models[0] ?? "", sharpening: upscale.sharpening[0] ?? 0, scale };
    case "waifu2x":
      return { kind: "enlarge", way: { kind: "waifu2x", noise: 1 }, scale: 2 };
    case "lanczos":
      return { kind: "enlarge", way: { kind: "lanczos" }, scale: 2 };
  }
}

/** A director tool, as it starts. */
export function freshTool(kind: ToolKind, { moods }: Tools): Tool {
  switch (kind) {
    case "colorize":
      return { kind, prompt: "", defry: 0 };
    case "emotion":
      return { kind, mood: moods.includes("happy") ? "happy" : (moods[0] ?? "neutral"), prompt: "", defry: 0 };
    case "removeBackground":
    case "lineArt":
    case "sketch":
    case "declutter":
    case "declutterKeepBubbles":
      return { kind };
  }
}

export const augment = (kind: ToolKind, tools: Tools): StepOf<"augment"> => ({
  kind: "augment",
  tool: freshTool(kind, tools),
});

/** Chains to begin with; only those whose steps this catalogue offers. */
export function examples(tools: Tools): { id: "paint" | "cutout"; steps: Step[] }[] {
  const has = (kind: ToolKind) => tools.director.some((tool) => tool.kind === kind);
  const all: { id: "paint" | "cutout"; needs: ToolKind[]; steps: Step[] }[] = [
    { id: "paint", needs: ["lineArt", "colorize"], steps: [augment("lineArt", tools), augment("colorize", tools)] },
    {
      id: "cutout",
      needs: ["removeBackground"],
      steps: [augment("removeBackground", tools), freshWay("waifu2x", tools)],
    },
  ];
  return all.filter(({ needs }) => needs.every(has)).map(({ id, steps }) => ({ id, steps }));
}

/** The list with the one at `from` taken out and put in at `to`. */
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const [taken] = list.slice(from, from + 1);
  if (taken === undefined) return [...list];
  const rest = [...list.slice(0, from), ...list.slice(from + 1)];
  return [...rest.slice(0, to), taken, ...rest.slice(to)];
}
