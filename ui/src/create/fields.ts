// Where on the page a refusal belongs: `detail` of a "refused" error is the path of a field of the request.

import type { AppError } from "../ipc";

export type Field =
  | "model"
  | "prompt"
  | "characters"
  | "references"
  | "source"
  | "size"
  | "samples"
  | "steps"
  | "guidance"
  | "rescale"
  | "sampler"
  | "schedule"
  | "variety"
  | "smea"
  | "delivery"
  | "seed"
  | "other";

const PLACES: [path: string, field: Field][] = [
  ["model", "model"],
  ["prompt", "prompt"],
  ["characters", "characters"],
  ["references", "references"],
  ["source", "source"],
  ["size", "size"],
  ["samples", "samples"],
  ["sampling.steps", "steps"],
  ["sampling.guidanceRescale", "rescale"],
  ["sampling.guidance", "guidance"],
  ["sampling.sampler", "sampler"],
  ["sampling.noiseSchedule", "schedule"],
  ["sampling.variety", "variety"],
  ["sampling.seed", "seed"],
  ["sampling.smea", "smea"],
  ["sampling.decrisper", "smea"],
  ["legacyUndesired", "smea"],
  ["transparent", "prompt"],
  ["format", "delivery"],
  ["delivery", "delivery"],
];

/** Rust names its fields with underscores; JSON does not. */
const camel = (path: string) => path.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

export function fieldOf({ detail }: AppError): Field {
  const path = camel(detail ?? "");
  return PLACES.find(([prefix]) => path.startsWith(prefix))?.[1] ?? "other";
}
