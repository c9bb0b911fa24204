import { describe, expect, it } from "vitest";

import { catalogue } from "../ipc/mock/catalogue";
import { REQUEST } from "../test/values";
import { Draft } from "./draft.svelte";

const V45 = "nai-diffusion-4-5-full";
const V45_CURATED = "nai-diffusion-4-5-curated";

describe("a draft", () => {
  it("starts from the first model's defaults at a normal portrait", () => {
    const draft = new Draft(catalogue, null);
    expect(draft.snapshot()).toEqual(REQUEST);
    expect(draft.preset?.id).toBe("normal-portrait");
  });

  it("is the one that was saved", () => {
    const saved = { ...REQUEST, model: V45, prompt: { ...REQUEST.prompt, text: "夕暮れ" } };
    expect(new Draft(catalogue, saved).snapshot()).toEqual(saved);
  });

  it("does not start from a model that is gone", () => {
    expect(new Draft(catalogue, { ...REQUEST, model: "nai-diffusion-2" }).request.model).toBe("nai-diffusion-5-full");
  });

  it("hands out values that later edits do not touch", () => {
    const draft = new Draft(catalogue, null);
    const before = draft.snapshot();
    draft.usePrompt("rain");
    draft.useSize({ width: 64, height: 64 });
    expect(before).toEqual(REQUEST);
  });

  it("swaps its sides", () => {
    const draft = new Draft(catalogue, null);
    draft.swapSides();
    expect(draft.request.size).toEqual({ width: 1216, height: 832 });
    expect(draft.preset?.shape).toBe("landscape");
  });

  it("takes over another request, but not a model it does not know", () => {
    const draft = new Draft(catalogue, null);
    draft.use({ ...REQUEST, model: "nai-diffusion-9", samples: 3 });
    expect(draft.request.model).toBe("nai-diffusion-5-full");
    expect(draft.request.samples).toBe(3);
  });

  it("keeps its seed when sampling is reset", () => {
    const draft = new Draft(catalogue, null);
    draft.useSeed(7);
    draft.request.sampling.steps = 50;
    draft.resetSampling();
    expect(draft.request.sampling).toEqual({ ...REQUEST.sampling, seed: 7 });
  });
});

describe("another model", () => {
  it("brings its own guidance where the old default stood", () => {
    const draft = new Draft(catalogue, null);
    draft.useModel(V45);
    expect(draft.request.sampling.guidance).toBe(5);
  });

  it("leaves a chosen guidance alone", () => {
    const draft = new Draft(catalogue, null);
    draft.request.sampling.guidance = 6.2;
    draft.useModel(V45);
    expect(draft.request.sampling.guidance).toBe(6.2);
  });

  it("takes along only what it offers", () => {
    const draft = new Draft(catalogue, null);
    draft.useModel(V45);
    draft.request.sampling.variety = true;
    draft.request.sampling.noiseSchedule = "exponential";
    draft.useModel("nai-diffusion-5-full");
    expect(draft.request.sampling.variety).toBe(false);
    expect(draft.request.sampling.noiseSchedule).toBe("karras");
  });

  it("has the next best presets for those it lacks", () => {
    const draft = new Draft(catalogue, null);
    draft.request.prompt.quality = "light";
    draft.request.prompt.undesiredPreset = "furryFocus";
    draft.useModel(V45_CURATED);
    expect(draft.request.prompt.quality).toBe("standard");
    expect(draft.request.prompt.undesiredPreset).toBe("heavy");
  });
});
