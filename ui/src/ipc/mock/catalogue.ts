// Five models of the real registry, as far as the page needs them.

import type { Catalogue, Model, SizePreset } from "../index";

const SAMPLERS = [
  { id: "k_euler_ancestral", name: "Euler Ancestral" },
  { id: "k_euler", name: "Euler" },
  { id: "k_dpmpp_2s_ancestral", name: "DPM++ 2S Ancestral" },
  { id: "k_dpmpp_2m_sde", name: "DPM++ 2M SDE" },
  { id: "k_dpmpp_2m", name: "DPM++ 2M" },
  { id: "k_dpmpp_sde", name: "DPM++ SDE" },
];

function model(generation: "5" | "4.5", edition: "Full" | "Curated"): Model {
  const five = generation === "5";
  const full = edition === "Full";
  return {
    id: `nai-diffusion-${generation.replace(".", "-")}-${edition.toLowerCase()}`,
    name: `NovelAI Diffusion V${generation} ${edition}`,
    shortName: `V${generation} ${edition}`,
    family: `v${generation}`,
    note: full ? null : "Trained on a curated selection of pictures.",
    defaults: {
      steps: 23,
      guidance: five ? 7 : 5,
      guidanceRescale: 0,
      sampler: "k_euler_ancestral",
      noiseSchedule: "karras",
      quality: "standard",
      undesiredPreset: "heavy",
    },
    samplers: SAMPLERS,
    noiseSchedules: five ? ["karras"] : ["karras", "exponential", "polyexponential"],
    qualityPresets: five ? ["standard", "light", "none"] : ["standard", "none"],
    undesiredPresets:
      five || full ? ["heavy", "light", "furryFocus", "humanFocus", "none"] : ["heavy", "light", "humanFocus", "none"],
    priceFactor: five ? 1.5 : 1,
    tokenLimit: five ? (full ? 1471 : 703) : 512,
    maxCharacters: five ? 22 : 6,
    positions: five ? "free" : "grid",
    variety: !five,
    transparency: five,
    vibes: !five,
    references: !five,
    streaming: true,
    smea: false,
    decrisper: false,
    legacyUndesired: false,
    captions: true,
    inpainting: true,
    encodesVibes: !five,
    vibeExtraction: full ? 0.7 : 1,
    characterUndesired: "",
  };
}

/** The oldest that is offered: another way of writing, other switches, no characters. */
function three(): Model {
  return {
    ...model("4.5", "Full"),
    id: "nai-diffusion-3",
    name: "NovelAI Diffusion V3",
    shortName: "V3",
    family: "v3",
    note: null,
    samplers: [...SAMPLERS, { id: "ddim_v3", name: "DDIM" }],
    noiseSchedules: ["karras", "exponential", "polyexponential", "native"],
    qualityPresets: ["standard", "none"],
    undesiredPresets: ["heavy", "light", "humanFocus", "none"],
    tokenLimit: 225,
    maxCharacters: 0,
    positions: "none",
    references: false,
    streaming: false,
    smea: true,
    decrisper: true,
    captions: false,
    encodesVibes: false,
    vibeExtraction: 1,
  };
}

const SIZES: [SizePreset["group"], SizePreset["shape"], number, number][] = [
  ["small", "portrait", 512, 768],
  ["small", "landscape", 768, 512],
  ["small", "square", 640, 640],
  ["normal", "portrait", 832, 1216],
  ["normal", "landscape", 1216, 832],
  ["normal", "square", 1024, 1024],
  ["large", "portrait", 1024, 1536],
  ["large", "landscape", 1536, 1024],
  ["large", "square", 1472, 1472],
  ["wallpaper", "portrait", 1088, 1920],
  ["wallpaper", "landscape", 1920, 1088],
];

export const catalogue: Catalogue = {
  models: [model("5", "Full"), model("5", "Curated"), model("4.5", "Full"), model("4.5", "Curated"), three()],
  sizes: SIZES.map(([group, shape, width, height]) => ({ id: `${group}-${shape}`, group, shape, width, height })),
  limits: {
    sideStep: 64,
    minSide: 64,
    maxArea: 3_145_728,
    minSteps: 1,
    maxSteps: 50,
    minGuidance: 0,
    maxGuidance: 10,
    maxSeed: 4_294_967_295,
    maxPrice: 140,
    maxVibes: 16,
    maxPrecise: 16,
    freeArea: 1_048_576,
    freeSteps: 28,
    samples: [
      { maxArea: 360_448, samples: 8 },
      { maxArea: 409_600, samples: 6 },
      { maxArea: 3_145_728, samples: 4 },
    ],
  },
};
