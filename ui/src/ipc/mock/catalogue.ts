// The models of the real registry that are offered, as far as the page needs them.

import type { Catalogue, Model, SizePreset } from "../index";
import { TOOLS } from "./tool-facts";

const SAMPLERS = [
  { id: "k_euler_ancestral", name: "Euler Ancestral" },
  { id: "k_euler", name: "Euler" },
  { id: "k_dpmpp_2s_ancestral", name: "DPM++ 2S Ancestral" },
  { id: "k_dpmpp_2m_sde", name: "DPM++ 2M SDE" },
  { id: "k_dpmpp_2m", name: "DPM++ 2M" },
  { id: "k_dpmpp_sde", name: "DPM++ SDE" },
];

type Edition = "Full" | "Curated";

const CURATED = "Trained on a curated selection of pictures.";

/** What most models have. */
function model(id: string, generation: string, edition: Edition): Model {
  return {
    id,
    name: `NovelAI Diffusion ${generation} ${edition}`,
    shortName: `${generation} ${edition}`,
    family: generation,
    note: edition === "Full" ? null : CURATED,
    defaults: {
      steps: 23,
      guidance: 5,
      guidanceRescale: 0,
      sampler: "k_euler_ancestral",
      noiseSchedule: "karras",
      quality: "standard",
      undesiredPreset: "heavy",
    },
    samplers: SAMPLERS,
    noiseSchedules: ["karras", "exponential", "polyexponential"],
    qualityPresets: ["standard", "none"],
    undesiredPresets: ["heavy", "light", "none"],
    priceFactor: 1,
    tokenLimit: 512,
    maxCharacters: 6,
    positions: "grid",
    variety: true,
    transparency: false,
    vibes: true,
    references: false,
    streaming: true,
    smea: false,
    decrisper: false,
    legacyUndesired: false,
    captions: true,
    inpainting: true,
    encodesVibes: true,
    vibeExtraction: 1,
    characterUndesired: "",
  };
}

function five(edition: Edition): Model {
  const base = model(`nai-diffusion-5-${edition.toLowerCase()}`, "V5", edition);
  return {
    ...base,
    defaults: { ...base.defaults, guidance: 7 },
    noiseSchedules: ["karras"],
    qualityPresets: ["standard", "light", "none"],
    undesiredPresets: ["heavy", "light", "furryFocus", "humanFocus", "none"],
    priceFactor: 1.5,
    tokenLimit: edition === "Full" ? 1471 : 703,
    maxCharacters: 22,
    positions: "free",
    variety: false,
    transparency: true,
    vibes: false,
    encodesVibes: false,
  };
}

function fourAndAHalf(edition: Edition): Model {
  const full = edition === "Full";
  return {
    ...model(`nai-diffusion-4-5-${edition.toLowerCase()}`, "V4.5", edition),
    undesiredPresets: full
      ? ["heavy", "light", "furryFocus", "humanFocus", "none"]
      : ["heavy", "light", "humanFocus", "none"],
    references: true,
    vibeExtraction: full ? 0.7 : 1,
  };
}

function four(edition: Edition): Model {
  const base = model(edition === "Full" ? "nai-diffusion-4-full" : "nai-diffusion-4-curated-preview", "V4", edition);
  return {
    ...base,
    defaults: { ...base.defaults, guidance: 5.5 },
    legacyUndesired: true,
    characterUndesired: "lowres, aliasing, ",
  };
}

/** The oldest that are offered: another way of writing, other switches, no characters. */
function three(): Model {
  return {
    ...model("nai-diffusion-3", "V3", "Full"),
    name: "NovelAI Diffusion V3",
    shortName: "V3",
    samplers: [...SAMPLERS, { id: "ddim_v3", name: "DDIM" }],
    noiseSchedules: ["karras", "native", "exponential", "polyexponential"],
    undesiredPresets: ["heavy", "light", "humanFocus", "none"],
    tokenLimit: 225,
    maxCharacters: 0,
    positions: "none",
    streaming: false,
    smea: true,
    decrisper: true,
    captions: false,
    encodesVibes: false,
  };
}

function furryThree(): Model {
  const base = three();
  return {
    ...base,
    id: "nai-diffusion-furry-3",
    name: "NovelAI Diffusion Furry V3",
    shortName: "Furry V3",
    note: "Trained on pictures of animals and animal people.",
    defaults: { ...base.defaults, guidance: 6.2 },
    undesiredPresets: ["heavy", "light", "none"],
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
  models: [
    five("Full"),
    five("Curated"),
    fourAndAHalf("Full"),
    fourAndAHalf("Curated"),
    four("Full"),
    four("Curated"),
    three(),
    furryThree(),
  ],
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
    maxPrecise: 8,
    freeArea: 1_048_576,
    freeSteps: 28,
    samples: [
      { maxArea: 360_448, samples: 8 },
      { maxArea: 409_600, samples: 6 },
      { maxArea: 3_145_728, samples: 4 },
    ],
  },
  tools: TOOLS,
};
