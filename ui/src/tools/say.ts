// Steps and what came of them, in words.

import type { Catalogue, Job, LocalWay, Size, Step } from "../ipc";
import { en } from "../i18n/en";
import { number, t } from "../i18n/index.svelte";
import { errorHelp } from "../i18n/errors";
import type { Line } from "./lines";
import type { ToolKind, Tools } from "./steps";

const SHARPENINGS = ["off", "faint", "light", "medium", "strong", "most"] as const;
const DEFRIES = ["d0", "d1", "d2", "d3", "d4", "d5"] as const;
const NOISES = ["n0", "n1", "n2", "n3"] as const;

export const toolName = (kind: ToolKind) => t(`tools.tool.${kind}`);
export const sizeText = ({ width, height }: Size) => t("tools.size", { width, height });
export const scaleText = (scale: number) => t("tools.scaleValue", { value: number(scale) });

export const noiseKey = (noise: number | null) => (noise === null ? "none" : (NOISES[noise] ?? "none"));
export const noiseName = (noise: number | null) => t(`tools.noises.${noiseKey(noise)}`);

/** One of the sharpenings that are offered, by its place among them. */
export function sharpeningName(value: number, { upscale }: Tools): string {
  const name =
    upscale.sharpening.length === SHARPENINGS.length ? SHARPENINGS[upscale.sharpening.indexOf(value)] : undefined;
  return name ? t(`tools.sharpenings.${name}`) : number(value);
}

export function defryName(value: number): string {
  const name = DEFRIES[value];
  return name ? t(`tools.defries.${name}`) : number(value);
}

export function moodName(mood: string): string {
  return Object.hasOwn(en.tools.moods, mood) ? t(`tools.moods.${mood as keyof typeof en.tools.moods}`) : mood;
}

const wayName = (way: LocalWay) => t(`tools.ways.${way.kind}`);

export function stepName(step: Step): string {
  switch (step.kind) {
    case "upscale":
      return t("tools.ways.novelai");
    case "enlarge":
      return wayName(step.way);
    case "augment":
      return toolName(step.tool.kind);
    case "annotate":
      return t(`tools.annotators.${step.annotator}`);
  }
}

/** What was chosen for a step, in a few words. */
export function stepDetail(step: Step, { tools, models }: Catalogue): string {
  const parts: string[] = [];
  switch (step.kind) {
    case "upscale":
      parts.push(scaleText(step.scale), models.find(({ id }) => id === step.model)?.shortName ?? step.model);
      if (step.sharpening > 0) parts.push(sharpeningName(step.sharpening, tools));
      break;
    case "enlarge":
      parts.push(scaleText(step.scale));
      if (step.way.kind === "waifu2x") parts.push(`${t("tools.noise")}: ${noiseName(step.way.noise)}`);
      break;
    case "augment": {
      const { tool } = step;
      if (tool.kind === "emotion") parts.push(moodName(tool.mood), defryName(tool.defry));
      if (tool.kind === "colorize") parts.push(defryName(tool.defry));
      if ((tool.kind === "colorize" || tool.kind === "emotion") && tool.prompt.trim()) parts.push(tool.prompt.trim());
      break;
    }
    case "annotate":
      break;
  }
  return parts.join(" · ");
}

function workName({ work }: Job): string {
  switch (work.kind) {
    case "upscale":
    case "augment":
    case "enlarge":
    case "annotate":
      return stepName(work);
    case "generate":
    case "encodeVibe":
    case "classify":
    case "writePrompt":
      return t("tools.region");
  }
}

/** What is done to a picture, or was. */
export const lineName = ({ jobs }: Line) => jobs.map(workName).join(" → ");

/** Whether the pictures of a line are the three of a removed background. */
export function isTriptych({ jobs, images }: Line): boolean {
  const last = jobs.findLast(({ state }) => state.kind === "done")?.work;
  return images.length === 3 && last?.kind === "augment" && last.tool.kind === "removeBackground";
}

export const PARTS = ["masked", "generated", "blended"] as const;

/** Why a line came to nothing. */
export function failureText({ state }: Line): { title: string; help: string } | null {
  if (state.kind !== "failed") return null;
  const { code } = state.error;
  if (code === "notOffered") return { title: t("tools.notOffered"), help: t("tools.notOfferedText") };
  return { title: t(`errors.${code}.title`), help: errorHelp(code, "answer") };
}
