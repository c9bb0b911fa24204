// The recipe being edited: one request value, its timeline, and the ways in which a person changes it. The value is
// never changed in place: every change goes through `edit`, and what it replaced can be had back. It keeps what is sent
// whole (a model's row decides what is offered), and judges nothing: what can't be sent is refused by `estimate`, and
// what another model can take over is decided by the shell.

import {
  type AppError,
  asAppError,
  type Carried,
  type CarryNote,
  type Catalogue,
  type Delivery,
  type GenerateRequest,
  type Model,
  sentDrafts,
  type Size,
  type SizePreset,
  switchModel,
} from "../ipc";
import { Timeline } from "./timeline.svelte";
import { shared } from "./value";

/** What could not stay as it was, when something else was taken over whole. */
export interface Taken {
  /** What was taken over: the short name of a model, or the name of a preset. */
  name: string;
  notes: readonly CarryNote[];
}

/** How a request travels that says nothing about it. */
export const DELIVERY: Delivery = { stream: true, transport: "json" };

/** How many sent drafts are looked back to. */
const SENT = 100;

export class Draft {
  readonly catalogue: Catalogue;
  readonly #timeline: Timeline<GenerateRequest>;

  /** A plain, frozen value; `edit` puts another in its place. */
  get request(): GenerateRequest {
    return this.#timeline.value;
  }
  get canUndo(): boolean {
    return this.#timeline.canUndo;
  }
  get canRedo(): boolean {
    return this.#timeline.canRedo;
  }

  readonly model: Model = $derived.by(() => this.#modelOf(this.request.model));
  /** The preset that the size is one of, if it is. */
  readonly preset: SizePreset | undefined = $derived.by(() => {
    const { width, height } = this.request.size;
    return this.catalogue.sizes.find((preset) => preset.width === width && preset.height === height);
  });
  readonly delivery: Delivery = $derived.by(() => this.request.delivery ?? DELIVERY);

  /** What the last switch of the model, or the last preset, could not leave as it was. */
  taken: Taken | null = $state.raw(null);
  /** Why the model could not be switched. */
  problem: AppError | null = $state.raw(null);
  /** The value to which undoing goes back behind what `taken` tells. */
  #beforeTaken: GenerateRequest | null = null;

  /** Sent drafts that are being looked through, newest first; the unsent one stands before them. */
  #recalled: { list: readonly GenerateRequest[]; at: number; shown: GenerateRequest } | null = null;
  /** One step at a time, however quickly they are asked for. */
  #recalling: Promise<void> = Promise.resolve();

  constructor(catalogue: Catalogue, saved: GenerateRequest | null) {
    this.catalogue = catalogue;
    const known = saved !== null && catalogue.models.some(({ id }) => id === saved.model);
    this.#timeline = new Timeline(shared(null, known ? saved : this.fresh()));
  }

  /** What stands in the draft now, as a plain value that later edits don't touch. */
  snapshot(): GenerateRequest {
    return this.request;
  }

  #first(): Model {
    const [model] = this.catalogue.models;
    if (!model) throw new Error("the catalogue has no models");
    return model;
  }

  #modelOf(id: string): Model {
    return this.catalogue.models.find((model) => model.id === id) ?? this.#first();
  }

  /** What a new draft is, where no preset says otherwise. */
  fresh(): GenerateRequest {
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

  // The timeline

  /** Changes the draft. `change` gets a copy that it may write to. Changes that name the same field and follow one
   *  another quickly are undone together; what is typed, word by word. */
  edit(change: (request: GenerateRequest) => void, field?: string): void {
    const next = structuredClone(this.request);
    change(next);
    this.#timeline.push(shared(this.request, next), field);
  }

  undo(): void {
    if (this.#timeline.undo()) this.#moved();
  }

  redo(): void {
    if (this.#timeline.redo()) this.#moved();
  }

  /** What was said about a change does not outlive it. */
  #moved(): void {
    this.#recalled = null;
    this.problem = null;
    if (this.request === this.#beforeTaken) this.taken = null;
  }

  // Something else, whole

  /** Everything of another request, as far as its model is known. */
  use(request: GenerateRequest): void {
    const known = this.catalogue.models.some(({ id }) => id === request.model);
    const next = { ...request, model: known ? request.model : this.request.model };
    this.#timeline.push(shared(this.request, structuredClone(next)));
  }

  /** The same, with what could not stay as it was. */
  take({ request, notes }: Carried, name: string): void {
    const before = this.request;
    this.use(request);
    this.#beforeTaken = before;
    this.taken = notes.length > 0 ? { name, notes } : null;
  }

  dismissTaken(): void {
    this.taken = null;
  }

  /** Goes back to before it, and behind everything that was done since. */
  undoTaken(): void {
    while (this.request !== this.#beforeTaken && this.canUndo) this.undo();
  }

  /** Changes the model. What it takes along is decided by the shell; what is typed meanwhile is not lost. */
  async useModel(id: string): Promise<void> {
    this.problem = null;
    for (;;) {
      const before = this.request;
      if (before.model === id) return;
      try {
        const carried = await switchModel(before, id);
        if (this.request !== before) continue;
        this.take(carried, this.#modelOf(id).shortName);
      } catch (thrown) {
        this.problem = asAppError(thrown);
      }
      return;
    }
  }

  // What was sent before

  /** Goes one sent draft back (`older`) or forth again; at the newest end stands what was being written. */
  recall(older: boolean): Promise<void> {
    this.#recalling = this.#recalling.then(() => this.#recall(older));
    return this.#recalling;
  }

  async #recall(older: boolean): Promise<void> {
    if (this.#recalled?.shown !== this.request) {
      // Something was changed since: that is now the unsent one.
      if (!older) return;
      const before = this.request;
      const sent = await sentDrafts(SENT).catch(() => []);
      if (this.request !== before) return;
      this.#recalled = { list: [before, ...without(sent, before)], at: 0, shown: before };
    }
    const { list, at } = this.#recalled;
    const wanted = list[at + (older ? 1 : -1)];
    if (wanted === undefined) return;
    const next = shared(this.request, structuredClone(wanted));
    this.#timeline.push(next, "recall");
    this.#recalled = { list, at: at + (older ? 1 : -1), shown: next };
  }

  // Single fields

  useSize({ width, height }: Size, field?: string): void {
    this.edit((request) => (request.size = { width, height }), field);
  }

  swapSides(): void {
    const { width, height } = this.request.size;
    this.useSize({ width: height, height: width });
  }

  useSeed(seed: number | null): void {
    this.edit(({ sampling }) => (sampling.seed = seed), "seed");
  }

  usePrompt(text: string): void {
    this.edit(({ prompt }) => (prompt.text = text), "prompt");
  }

  useDelivery(change: Partial<Delivery>): void {
    this.edit((request) => (request.delivery = { ...this.delivery, ...change }), "delivery");
  }

  resetSampling(): void {
    this.edit((request) => (request.sampling = samplingOf(this.model, request.sampling.seed)));
  }
}

/** Sent drafts but those that are what is being written, apart from a seed that one of the two leaves open. */
function without(sent: readonly GenerateRequest[], draft: GenerateRequest): GenerateRequest[] {
  const now = whole(draft);
  return sent.filter((request) => {
    const then = whole(request);
    if (now.sampling.seed === null || then.sampling.seed === null) then.sampling.seed = now.sampling.seed;
    return shared(now, then) !== now;
  });
}

/** A request with everything that it may leave out. */
function whole(request: GenerateRequest): GenerateRequest {
  const { prompt, sampling, references } = request;
  return {
    characters: [],
    source: { kind: "text" },
    transparent: false,
    legacyUndesired: false,
    aiChoice: false,
    delivery: DELIVERY,
    ...request,
    prompt: { furry: false, autoText: false, ...prompt },
    sampling: { smea: "off", decrisper: false, ...sampling },
    references: { vibes: [], normalizeVibes: false, precise: [], ...references },
  };
}

function samplingOf({ defaults }: Model, seed: number | null): GenerateRequest["sampling"] {
  const { steps, guidance, guidanceRescale, sampler, noiseSchedule } = defaults;
  return { steps, guidance, guidanceRescale, sampler, noiseSchedule, variety: false, seed };
}
