// The Tools room: which pictures, which tool, for how much, and what comes of it. Everything that can be done here is one
// list of steps on a list of pictures; an upscale is a chain of one.

import {
  type AppError,
  asAppError,
  cancel,
  type Catalogue,
  dismiss,
  enqueueChain,
  type Job,
  type PictureInfo,
  type Step,
  type Tool,
} from "../ipc";
import { Limit } from "../shared/limit.svelte";
import { ChainDesk } from "./chains.svelte";
import { type Line, linesOf, type Progress, progressOf, stoppable } from "./lines";
import { Price } from "./price.svelte";
import { type Asked, type QuestionKind, Questions } from "./questions.svelte";
import { Sources } from "./sources.svelte";
import { augment, freshTool, freshWay, type StepOf, type ToolKind, type Tools, type Way, WAYS } from "./steps";
import { WaysCompared } from "./ways.svelte";

export const TASKS = ["upscale", "director", "chain", "legacy"] as const;
export type Task = (typeof TASKS)[number];
export const LEGACIES = ["annotate", "classify", "writePrompt"] as const;
export type Legacy = (typeof LEGACIES)[number];

/** What the room is told by the rest of the app. */
export interface Around {
  catalogue: Catalogue;
  jobs: () => readonly Job[];
  /** Prices above this are asked about. */
  askAbove: () => number | null;
  /** The room is to be shown. */
  onopen: () => void;
}

/** What stands in the middle. */
export type Sight =
  | { kind: "nothing" }
  /** `line`: what is being done to it, if it is. */
  | { kind: "source"; picture: PictureInfo; line: Line | null }
  /** `part`: which of its pictures; null: all of them, side by side. */
  | { kind: "result"; line: Line; part: number | null };

type Choice = { kind: "source"; id: string } | { kind: "line"; id: string; part: number | null } | { kind: "live" };

export class ToolRoom {
  readonly #around: Around;
  readonly tools: Tools;
  readonly catalogue: Catalogue;
  readonly sources = new Sources();
  readonly price = new Price();
  readonly ways = new WaysCompared();
  readonly chain = new ChainDesk();
  readonly questions = new Questions();

  task: Task = $state("upscale");
  way: Way = $state("novelai");
  upscales: Readonly<Record<Way, StepOf<"upscale" | "enlarge">>>;
  kind: ToolKind = $state("removeBackground");
  director: Readonly<Record<string, Tool>>;
  legacy: Legacy = $state("annotate");
  annotation: StepOf<"annotate"> = $state.raw({ kind: "annotate", annotator: "hed" });
  writing = $state({ model: "", prompt: "", temperature: 1, tokens: 60 });

  /** What the last command failed with. */
  failure: AppError | null = $state.raw(null);
  /** The price turned out to be higher than what was seen; nothing was queued. */
  risen: number | null = $state(null);
  /** The price is above the person's limit; nothing is queued before they press again. */
  readonly limit = new Limit<string>();
  going = $state(false);
  /** Before and after, with the line between them. */
  comparing = $state(true);
  /** The first jobs of what was asked for together. */
  #batch: readonly string[] = $state.raw([]);
  #choice: Choice = $state.raw({ kind: "live" });

  readonly lines: readonly Line[] = $derived.by(() =>
    linesOf(this.#around.jobs()).filter(({ state }) => state.kind !== "cancelled"),
  );
  readonly open: readonly Line[] = $derived(this.lines.filter((line) => stoppable(line).length > 0));
  readonly progress: Progress | null = $derived.by(() => {
    if (this.open.length === 0) return null;
    const together = this.lines.filter((line) => this.#batch.includes(line.id) || this.open.includes(line));
    return progressOf(together);
  });

  /** What would be done. */
  readonly steps: readonly Step[] = $derived.by(() => {
    switch (this.task) {
      case "upscale":
        return [this.upscales[this.way]];
      case "director":
        return [{ kind: "augment", tool: this.director[this.kind] ?? freshTool(this.kind, this.tools) }];
      case "chain":
        return this.chain.steps;
      case "legacy":
        return this.legacy === "annotate" ? [this.annotation] : [];
    }
  });

  readonly sight: Sight = $derived.by(() => this.#sight());
  /** The source in sight, or that of the result in sight. */
  readonly current: PictureInfo | null = $derived.by(() => {
    switch (this.sight.kind) {
      case "nothing":
        return null;
      case "source":
        return this.sight.picture;
      case "result":
        return this.sources.find(this.sight.line.source) ?? this.sources.all[0] ?? null;
    }
  });

  constructor(around: Around) {
    this.#around = around;
    this.catalogue = around.catalogue;
    this.tools = around.catalogue.tools;
    const { tools } = this;
    this.upscales = $state.raw(
      Object.fromEntries(WAYS.map((way) => [way, freshWay(way, tools)])) as Record<Way, StepOf<"upscale" | "enlarge">>,
    );
    this.director = $state.raw(Object.fromEntries(tools.director.map(({ kind }) => [kind, freshTool(kind, tools)])));
    this.kind = tools.director[0]?.kind ?? "removeBackground";
    const [annotator] = tools.annotators;
    if (annotator) this.annotation = { kind: "annotate", annotator };
  }

  /** What waifu2x takes away where it is the way that is chosen. */
  get noise(): number | null {
    const { waifu2x } = this.upscales;
    return waifu2x.kind === "enlarge" && waifu2x.way.kind === "waifu2x" ? waifu2x.way.noise : null;
  }

  // Coming in

  /** Brings pictures here, with the tool that they are meant for. */
  openTools(pictures: readonly PictureInfo[], what: "upscale" | "director"): void {
    this.sources.add(pictures);
    this.task = what;
    this.#showNewest(pictures);
    this.#around.onopen();
  }

  /** The same for a picture of the library. */
  async openImage(image: string, what: "upscale" | "director"): Promise<void> {
    this.#around.onopen();
    this.task = what;
    const picture = await this.sources.take(image);
    if (picture) this.show(picture.id);
  }

  async pick(): Promise<void> {
    this.#showNewest(await this.sources.pick());
  }

  #showNewest(pictures: readonly PictureInfo[]): void {
    const [first] = pictures;
    if (first) this.show(first.id);
  }

  /** A result becomes a source, and stands in the middle. */
  async useNext(image: string): Promise<void> {
    const picture = await this.sources.take(image);
    if (picture) this.show(picture.id);
  }

  // What stands in the middle

  show(source: string): void {
    this.#choice = { kind: "source", id: source };
  }

  showLine(id: string, part: number | null = null): void {
    this.#choice = { kind: "line", id, part };
  }

  #sight(): Sight {
    const choice = this.#choice;
    switch (choice.kind) {
      case "line": {
        const line = this.lines.find(({ id }) => id === choice.id);
        if (line) return this.#sightOf(line, choice.part);
        break;
      }
      case "live": {
        const batch = this.lines.filter(({ id }) => this.#batch.includes(id));
        const line =
          batch.find(({ state }) => state.kind === "running") ??
          batch.findLast(({ images }) => images.length > 0) ??
          batch.find(({ state }) => state.kind === "failed" || state.kind === "waiting");
        if (line) return this.#sightOf(line, null);
        break;
      }
      case "source":
        break;
    }
    const chosen = choice.kind === "source" ? this.sources.find(choice.id) : undefined;
    const picture = chosen ?? this.sources.all[0];
    return picture ? { kind: "source", picture, line: null } : { kind: "nothing" };
  }

  #sightOf(line: Line, part: number | null): Sight {
    const source = this.sources.find(line.source);
    if (line.state.kind === "done" || !source) return { kind: "result", line, part };
    return { kind: "source", picture: source, line };
  }

  // Doing it

  /** Steps, pictures, or who pays have changed. */
  priceAgain(steps = this.steps, images: readonly string[] = this.sources.ids): void {
    this.risen = null;
    this.limit.forget();
    this.price.follow(steps, images);
  }

  /** The click. While one is being taken, another is the same. */
  async go(): Promise<void> {
    if (this.going) return;
    if (this.task === "legacy" && this.legacy !== "annotate") {
      await this.#ask(this.legacy);
      return;
    }
    this.going = true;
    try {
      await this.#go([...this.steps], this.sources.ids);
    } finally {
      this.going = false;
    }
  }

  async #go(steps: Step[], images: readonly string[]): Promise<void> {
    const seen = this.price.state.kind === "known" ? this.price.state.estimate.anlas : 0;
    const price = await this.price.now(steps, images);
    if (price.kind !== "known" || price.accepted.length === 0) return;
    const { anlas } = price.estimate;
    this.risen = anlas > seen ? anlas : null;
    if (this.risen !== null || !this.limit.allows(JSON.stringify([steps, images]), anlas, this.#around.askAbove()))
      return;
    try {
      const jobs = await enqueueChain(crypto.randomUUID(), steps, price.accepted);
      const first = jobs.filter(({ chain }) => !chain?.after).map(({ id }) => id);
      this.#batch = this.open.length > 0 ? [...this.#batch, ...first] : first;
      this.#choice = { kind: "live" };
      this.ways.open = false;
      this.failure = null;
    } catch (thrown) {
      this.failure = asAppError(thrown);
    }
  }

  dont(): void {
    this.limit.forget();
  }

  async #ask(kind: QuestionKind): Promise<void> {
    switch (kind) {
      case "classify":
        if (this.current) await this.questions.ask({ kind, image: this.current.id });
        return;
      case "writePrompt": {
        const { model, ...rest } = $state.snapshot(this.writing);
        await this.questions.ask({ kind, model: model.trim() || null, ...rest });
      }
    }
  }

  /** The newest question of the corner that is open, if it is one of questions. */
  readonly asked: Asked | null = $derived.by(() =>
    this.task === "legacy" && this.legacy !== "annotate" ? this.questions.newest(this.legacy) : null,
  );

  async cancel(lines: readonly Line[]): Promise<void> {
    // The last step first: a step that begins while the one before is being stopped would be a surprise.
    for (const id of lines.flatMap((line) => stoppable(line).reverse())) await this.#try(() => cancel(id));
  }

  /** Puts lines that are through away. Their pictures stay. */
  async putAway(lines: readonly Line[]): Promise<void> {
    for (const { jobs } of lines.filter((line) => stoppable(line).length === 0)) {
      for (const { id } of jobs) await this.#try(() => dismiss(id));
    }
  }

  async #try(command: () => Promise<void>): Promise<void> {
    try {
      await command();
    } catch (thrown) {
      const error = asAppError(thrown);
      // It ended, or was put away, in the meantime.
      if (error.code !== "notFound") this.failure = error;
    }
  }

  // Changing what would be done

  setUpscale(step: StepOf<"upscale" | "enlarge">): void {
    this.upscales = { ...this.upscales, [this.way]: step };
  }

  setTool(tool: Tool): void {
    this.director = { ...this.director, [tool.kind]: tool };
  }

  /** A step to be added to a chain. */
  fresh(what: Way | ToolKind): Step {
    const way = WAYS.find((known) => known === what);
    return way ? freshWay(way, this.tools) : augment(what as ToolKind, this.tools);
  }
}
