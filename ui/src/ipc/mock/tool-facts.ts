// What can be done to finished pictures, as the real catalogue has it.

import type { Catalogue } from "../index";

export const TOOLS: Catalogue["tools"] = {
  director: [
    { kind: "removeBackground", takes: [], pictures: 3 },
    { kind: "lineArt", takes: [], pictures: 1 },
    { kind: "sketch", takes: [], pictures: 1 },
    { kind: "colorize", takes: ["prompt", "defry"], pictures: 1 },
    { kind: "emotion", takes: ["mood", "prompt", "defry"], pictures: 1 },
    { kind: "declutter", takes: [], pictures: 1 },
    { kind: "declutterKeepBubbles", takes: [], pictures: 1 },
  ],
  moods:
    "neutral happy sad angry scared surprised tired excited nervous thinking confused shy disgusted smug bored laughing irritated aroused embarrassed worried love determined hurt playful".split(
      " ",
    ),
  mostDefry: 5,
  upscale: {
    models: ["nai-diffusion-5-full", "nai-diffusion-5-curated"],
    sharpening: [0, 0.3, 0.35, 0.4, 0.45, 0.5],
    scales: [2, 4],
    maxArea: 3_145_728,
  },
  annotators: ["hed", "midas", "fakeScribble", "mlsd", "uniformer"],
};
