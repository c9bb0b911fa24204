// The recipe being edited: one request value, and the ways in which a person changes it. It keeps what is sent whole
// (a model's row decides what is offered), and judges nothing: what can't be sent is refused by `estimate`.

import type { Catalogue, GenerateRequest, Model, Size, SizePreset } from "../ipc";
import { carryUndesired } from "./presets";

export class Draft {
  readonly catalogue: Catalogue;
  request: GenerateRequest;

  readonly model: Model = $derived.by(() => this.#modelOf(this.request.model));
  /** The preset that the size is one of, if it is. */
  readonly preset: SizePreset | undefined = $derived.by(() => {
    const { width, height } = this.request.size;
    return this.catalogue.sizes.find((preset) => preset.width === width && preset.height === height);
  });

  constructor(catalogue: Catalogue, saved: GenerateRequest | null) {
    this.catalogue = catalogue;
    const known = saved !== null && catalogue.models.some(({ id }) => id === saved.model);
    this.request = $state(known ? saved : this.#fresh());
  }

  /** What stands in the draft now, as a plain value that later edits don't touch. */
  snapshot(): GenerateRequest {
    return $state.snapshot(this.request);
  }

  #first(): Model {
    const [model] = this.catalogue.models;
    if (!model) throw new Error("the catalogue has no models");
    return model;
  }

  #modelOf(id: string): Model {
    return this.catalogue.models.find((model) => model.id === id) ?? this.#first();
  }

  #fresh(): GenerateRequest {
    const model = this.#first();
    const normal = this.catalogue.sizes.find(({ group, shape }) => group === "normal" && shape === "portrait");
    const { quality, undesiredPreset } = model.defaults;
    return {
      model: model.id,
      prompt: { text: "", undesired: "", quality, undesiredPreset },
      characters: [],
      size: normal ? { width: normal.width, height: normal.height } : { width: 832, height: 1216 },
      sampling: samplingOf(model, null),
      source: { kind: "text" },
      samples: 1,
      format: "png",
    };
  }

  /** Changes the model and takes along what the new one offers too. What stood at the old default goes to the new. */
  useModel(id: string): void {
    const old = this.model;
    const next = this.#modelOf(id);
    const { prompt, sampling } = this.request;
    this.request.model = next.id;
    if (sampling.guidance === old.defaults.guidance) sampling.guidance = next.defaults.guidance;
    if (!next.samplers.some((sampler) => sampler.id === sampling.sampler)) sampling.sampler = next.defaults.sampler;
    if (!next.noiseSchedules.includes(sampling.noiseSchedule)) sampling.noiseSchedule = next.defaults.noiseSchedule;
    if (!next.variety) sampling.variety = false;
    if (!next.qualityPresets.includes(prompt.quality)) prompt.quality = next.defaults.quality;
    prompt.undesiredPreset = carryUndesired(
      prompt.undesiredPreset,
      next.undesiredPresets,
      next.defaults.undesiredPreset,
    );
  }

  useSize({ width, height }: Size): void {
    this.request.size = { width, height };
  }

  swapSides(): void {
    const { width, height } = this.request.size;
    this.useSize({ width: height, height: width });
  }

  useSeed(seed: number | null): void {
    this.request.sampling.seed = seed;
  }

  usePrompt(text: string): void {
    this.request.prompt.text = text;
  }

  /** Everything of another request, as far as its model is known. */
  use(request: GenerateRequest): void {
    const known = this.catalogue.models.some(({ id }) => id === request.model);
    this.request = { ...request, model: known ? request.model : this.request.model };
  }

  resetSampling(): void {
    this.request.sampling = samplingOf(this.model, this.request.sampling.seed);
  }
}

function samplingOf({ defaults }: Model, seed: number | null): GenerateRequest["sampling"] {
  const { steps, guidance, guidanceRescale, sampler, noiseSchedule } = defaults;
  return { steps, guidance, guidanceRescale, sampler, noiseSchedule, variety: false, seed };
}
