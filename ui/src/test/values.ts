// Values to test with.

import type { GenerateRequest, ImageRecord, Job, JobState } from "../ipc";

export const REQUEST: GenerateRequest = {
  model: "nai-diffusion-5-full",
  prompt: { text: "", undesired: "", quality: "standard", undesiredPreset: "heavy" },
  characters: [],
  size: { width: 832, height: 1216 },
  sampling: {
    steps: 23,
    guidance: 7,
    guidanceRescale: 0,
    sampler: "k_euler_ancestral",
    noiseSchedule: "karras",
    variety: false,
    seed: null,
  },
  source: { kind: "text" },
  samples: 1,
  format: "png",
};

export function job(id: string, state: JobState, changes: Partial<Job> = {}): Job {
  return {
    id,
    work: { kind: "generate", request: REQUEST, written: null },
    server: "sandbox",
    anlas: 0,
    created: 0,
    state,
    chain: null,
    cell: null,
    held: null,
    pauseAfter: false,
    paid: null,
    verdict: null,
    ...changes,
  };
}

export function image(id: string, changes: Partial<ImageRecord> = {}): ImageRecord {
  return {
    id,
    job: null,
    fileName: `2026-11-22/${id}.png`,
    width: 832,
    height: 1216,
    seed: 42,
    model: "nai-diffusion-5-full",
    prompt: "hills",
    created: 0,
    format: "png",
    parent: null,
    kind: "text",
    rating: 0,
    mark: null,
    ...changes,
  };
}
