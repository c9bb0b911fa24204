// What the shell does, as the page sees it: a queue with one job at a time, a library, an account. In memory, on
// timers, with a painter that can be left out (tests have no canvas).

import {
  type Account,
  type AccountState,
  type Adopted,
  type AppError,
  type Backend,
  type Batch,
  type BatchEstimate,
  type BatchLine,
  type BatchPlan,
  type BatchResult,
  type Choice,
  type Delivered,
  type EachEstimate,
  type EnhancedTo,
  type ErrorCode,
  type FileFormat,
  type FollowUp,
  type GenerateRequest,
  type Handover,
  type ImageRecord,
  IpcError,
  type Job,
  type JobState,
  type Keep,
  type Ledger,
  type OpenEdit,
  type Proof,
  type QueueList,
  type QueueState,
  type Question,
  requestOf,
  type Settings,
  type Start,
  type Step,
  type Told,
  type Trace,
} from "../index";
import { catalogue } from "./catalogue";
import { MockLibrary } from "./library";
import { SETTINGS } from "./presets";
import { price } from "./price";
import { ALONE, cellsOf, firstOf, labelsOf, LEDGER, listed, stateOf } from "./queue";
import { answerTo, isLocal, MockTools } from "./tools";

export interface MockOptions {
  server: "sandbox" | "novelai" | "custom";
  account: Account | null;
  problem: AppError | null;
  /** Milliseconds between two steps. */
  stepDelay: number;
  /** How every job ends, if not well. */
  fail: ErrorCode | null;
  /** Whether a failure is of the kind that may have been charged. */
  unsettled: boolean;
  /** Seconds to wait after a 429 before the first job starts. */
  busy: number;
  keychain: "open" | "missing" | "locked";
  images: ImageRecord[];
  jobs: Job[];
  paused: boolean;
  draft: GenerateRequest | null;
  recovered: number;
  modelsRefused: string | null;
  settings: Settings;
  /** Whether the server has the endpoints of earlier days. */
  legacy: boolean;
  paint: ((seed: number, width: number, height: number, done: number) => Promise<string>) | null;
}

export const ACCOUNT: Account = {
  tier: "opus",
  active: true,
  anlas: 9646,
  allowance: { percent: 92, isNegative: false, secondsUntilNextPercent: 7888 },
};

export const DEFAULTS: MockOptions = {
  server: "sandbox",
  account: ACCOUNT,
  problem: null,
  stepDelay: 90,
  fail: null,
  unsettled: false,
  busy: 0,
  keychain: "open",
  images: [],
  jobs: [],
  paused: false,
  draft: null,
  recovered: 0,
  modelsRefused: null,
  settings: SETTINGS,
  legacy: true,
  paint: null,
};

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class MockBackend extends MockTools implements Backend {
  readonly options: MockOptions;
  readonly library = new MockLibrary({
    images: () => this.#images,
    put: (images) => (this.#images = images),
    called: (name, argument) => this.called(name, argument ?? null),
    changed: (images) => this.tell("picturesChanged", images),
    cameOrWent: (added, removed) => this.tell("libraryChanged", { added, removed }),
    exported: (progress) => this.tell("exportChanged", progress),
  });
  #jobs = new Map<string, Job>();
  #images: ImageRecord[];
  #account: AccountState;
  #draft: GenerateRequest | null;
  #pictures = new Map<string, string>();
  #listeners: { [K in keyof Told]?: Set<(told: Told[K]) => void> } = {};
  /** The worker that sends, and the one that never does. */
  #working = { sending: false, local: false };
  #paused = false;

  constructor(options: Partial<MockOptions> = {}) {
    super();
    this.options = { ...DEFAULTS, ...options };
    this.#images = [...this.options.images];
    for (const job of this.options.jobs) this.#jobs.set(job.id, job);
    this.#draft = this.options.draft;
    this.#paused = this.options.paused;
    this.settings = this.options.settings;
    this.#account = this.#stateOf(this.options.server);
  }

  #stateOf(server: MockOptions["server"]): AccountState {
    const { account, problem } = this.options;
    const kind =
      server === "custom" ? ({ kind: "custom", host: "127.0.0.1:8200" } as const) : ({ kind: server } as const);
    return { server: kind, keptIn: server === "sandbox" ? null : "keychain", account, problem };
  }

  tell<K extends keyof Told>(event: K, told: Told[K]): void {
    for (const listener of this.#listeners[event] ?? []) listener(told);
  }

  listen<K extends keyof Told>(event: K, listener: (told: Told[K]) => void): Promise<() => void> {
    const listeners: Set<(told: Told[K]) => void> = this.#listeners[event] ?? new Set();
    (this.#listeners as Record<K, Set<(told: Told[K]) => void>>)[event] = listeners;
    listeners.add(listener);
    return Promise.resolve(() => void listeners.delete(listener));
  }

  start(): Promise<Start> {
    this.called("start");
    return Promise.resolve({
      catalogue,
      account: this.#account,
      jobs: firstOf([...this.#jobs.values()]),
      queue: this.#queueState(),
      images: this.#images.slice(0, 60),
      draft: this.#draft,
      recovered: this.options.recovered,
      modelsRefused: this.options.modelsRefused,
      settings: this.settings,
      libraryFolder: "/home/mira/Pictures/Atelier",
      version: "0.1.0",
    });
  }

  async estimate(request: GenerateRequest) {
    this.called("estimate", request);
    await Promise.resolve();
    return price(request, this.#account.account);
  }

  async enqueue(id: string, request: GenerateRequest): Promise<Job> {
    this.called("enqueue", { id, request });
    await Promise.resolve();
    const known = this.#jobs.get(id);
    if (known) return known;
    const { anlas } = price(request, this.#account.account);
    this.sent.unshift(request);
    const seed = request.sampling.seed ?? Math.ceil(Math.random() * catalogue.limits.maxSeed);
    const job: Job = {
      id,
      work: { kind: "generate", request: { ...request, sampling: { ...request.sampling, seed } }, written: null },
      server: this.#server(),
      anlas,
      created: Date.now(),
      state: { kind: "queued", retryAt: null },
      ...ALONE,
    };
    this.#jobs.set(id, job);
    return this.#queue([job])[0] ?? job;
  }

  #server(): string {
    return this.#account.server.kind === "sandbox" ? "sandbox" : "image.novelai.net";
  }

  #queue(jobs: Job[]): Job[] {
    for (const job of jobs) {
      this.#jobs.set(job.id, job);
      this.tell("jobChanged", job);
    }
    this.#tellQueue();
    void this.#work("sending");
    void this.#work("local");
    return jobs;
  }

  async estimateChain(steps: Step[], images: string[]) {
    this.called("estimateChain", { steps, images });
    await Promise.resolve();
    return this.priceChain(steps, images, this.#account.account);
  }

  async enqueueChain(id: string, steps: Step[], images: string[]): Promise<Job[]> {
    this.called("enqueueChain", { id, steps, images });
    await Promise.resolve();
    const jobs = this.jobsOf(id, steps, this.priceChain(steps, images, this.#account.account), this.#server());
    const known = jobs.map((job) => this.#jobs.get(job.id)).filter((job) => job !== undefined);
    return known.length > 0 ? known : this.#queue(jobs);
  }

  async enqueueQuestion(id: string, question: Question): Promise<Job> {
    this.called("enqueueQuestion", { id, question });
    await Promise.resolve();
    const known = this.#jobs.get(id);
    if (known) return known;
    this.answers.set(id, answerTo(question));
    const state = { kind: "queued", retryAt: null } as const;
    const job: Job = { id, work: question, server: this.#server(), anlas: 0, created: Date.now(), state, ...ALONE };
    return this.#queue([job])[0] ?? job;
  }

  async estimateEach(request: GenerateRequest, pictures: string[]): Promise<EachEstimate> {
    this.called("estimateEach", { request, pictures });
    await Promise.resolve();
    const told = pictures.map((image) => {
      const known = this.inputs.get(image);
      const size = known ? { width: known.width, height: known.height } : { width: 0, height: 0 };
      const refused = known ? null : "This picture is no longer there. Add it again.";
      const anlas = known ? price({ ...request, size }, this.#account.account).anlas : 0;
      return { image, size, anlas, refused };
    });
    return { anlas: told.reduce((sum, { anlas }) => sum + anlas, 0), pictures: told };
  }

  async enqueueEach(id: string, request: GenerateRequest, pictures: string[]): Promise<Job[]> {
    this.called("enqueueEach", { id, request, pictures });
    const source = request.source?.kind === "image" ? request.source : { kind: "image" as const, strength: 0.7 };
    return Promise.all(
      pictures.map((image, at) => this.enqueue(`${id}-${at}`, { ...request, source: { ...source, image } })),
    );
  }

  async addToLibrary(pictures: string[]): Promise<Adopted> {
    this.called("addToLibrary", pictures);
    await Promise.resolve();
    const adopted: Adopted = { added: [], known: [], refused: [] };
    for (const id of pictures) {
      const picture = this.inputs.get(id);
      const known = this.#images.find((image) => image.id === id);
      if (known) adopted.known.push(known);
      else if (!picture) adopted.refused.push({ name: id, reason: "This picture is no longer there." });
      else {
        const { name, width, height, format } = picture;
        const fileName = `2026-11-22/${name}`;
        const record = {
          id,
          job: null,
          fileName,
          width,
          height,
          seed: null,
          model: null,
          prompt: "",
          format,
          parent: null,
          kind: "outside" as const,
          rating: 0,
          mark: null,
        };
        adopted.added.push({ ...record, created: Date.now() });
        this.show(id, this.inputUrl(id, "whole"));
      }
    }
    this.#images = [...[...adopted.added].reverse(), ...this.#images];
    if (adopted.added.length > 0) this.tell("libraryChanged", { added: adopted.added, removed: [] });
    return adopted;
  }

  async enhanceRequest(image: string, magnitude: number, to: EnhancedTo, draft: GenerateRequest): Promise<FollowUp> {
    this.called("enhanceRequest", { image, magnitude, to });
    await Promise.resolve();
    const { width, height } = this.#images.find(({ id }) => id === image) ?? draft.size;
    const larger = (side: number) => (to === "larger" ? Math.round((side * 1.5) / 64) * 64 : side);
    const strength = [0.2, 0.4, 0.5, 0.6, 0.7][magnitude - 1] ?? 0.2;
    return {
      request: {
        ...draft,
        size: { width: larger(width), height: larger(height) },
        source: { kind: "image", image, strength, noise: 0, enhance: to === "max" ? "max" : "yes" },
        samples: 1,
      },
      madeWith: "metadata",
    };
  }

  async variationsRequest(image: string, draft: GenerateRequest): Promise<FollowUp> {
    this.called("variationsRequest", { image });
    await Promise.resolve();
    const { width, height } = this.#images.find(({ id }) => id === image) ?? draft.size;
    const source = { kind: "image" as const, image, strength: 0.8, noise: 0.1 };
    return { request: { ...draft, size: { width, height }, source, samples: 3 }, madeWith: "metadata" };
  }

  #move(id: string, state: JobState): boolean {
    const job = this.#jobs.get(id);
    if (!job || job.state.kind === "cancelled") return false;
    const moved = { ...job, state };
    this.#jobs.set(id, moved);
    this.tell("jobChanged", moved);
    if (state.kind === "done" && job.pauseAfter) this.#paused = true;
    if (state.kind !== "running") this.#tellQueue();
    if (state.kind === "failed" || state.kind === "unsettled" || state.kind === "cancelled") {
      // What would have taken its picture has nothing to take.
      for (const next of [...this.#jobs.values()]) {
        if (next.chain?.after === id) this.#move(next.id, { kind: "cancelled" });
      }
    }
    return true;
  }

  async #work(worker: "sending" | "local"): Promise<void> {
    if (this.#working[worker]) return;
    this.#working[worker] = true;
    while (!this.#paused) {
      const next = [...this.#jobs.values()].find(
        (job) =>
          job.state.kind === "queued" &&
          job.held === null &&
          isLocal(job) === (worker === "local") &&
          this.#isReady(job),
      );
      if (!next) break;
      await (requestOf(next) ? this.#run(next) : this.#runTool(next));
      void this.#work(worker === "local" ? "sending" : "local");
    }
    this.#working[worker] = false;
  }

  #isReady({ chain }: Job): boolean {
    const before = chain?.after ?? null;
    return before === null || this.#jobs.get(before)?.state.kind === "done";
  }

  #problem(code: ErrorCode): AppError {
    return { code, message: "What the server said.", detail: "HTTP 500, correlation id 7fc2a1" };
  }

  async #runTool(job: Job): Promise<void> {
    const { id, work } = job;
    const { stepDelay, fail, legacy } = this.options;
    if (isLocal(job)) {
      for (let step = 1; step <= 12; step++) {
        await wait(stepDelay);
        if (!this.#move(id, { kind: "running", step, steps: 12 })) return;
      }
    } else {
      if (!this.#move(id, { kind: "sending" })) return;
      await wait(stepDelay * 12);
    }
    const isLegacy = work.kind === "annotate" || work.kind === "classify" || work.kind === "writePrompt";
    const failed = isLegacy && !legacy ? "notOffered" : isLocal(job) ? null : fail;
    if (failed) {
      this.#move(id, { kind: "failed", error: this.#problem(failed) });
      return;
    }
    if (!this.#move(id, { kind: "received" })) return;
    const added = await this.#reworked(job);
    this.#images = [...[...added].reverse(), ...this.#images];
    if (added.length > 0) this.tell("libraryChanged", { added, removed: [] });
    this.#move(id, { kind: "done", images: added.map((image) => image.id) });
  }

  async #reworked({ id, work, chain }: Job): Promise<ImageRecord[]> {
    const size = this.sizes.get(id);
    if (!size || !("image" in work) || work.kind === "encodeVibe" || work.kind === "classify") return [];
    const before = chain?.after ? this.#jobs.get(chain.after)?.state : undefined;
    const [parent = null] = before?.kind === "done" ? before.images : [];
    const url = parent === null ? this.inputUrl(work.image, "whole") : this.pictureUrl(parent);
    const count = work.kind === "augment" && work.tool.kind === "removeBackground" ? 3 : 1;
    const urls = (await this.rework?.(url, work, size, null)) ?? [];
    return Array.from({ length: count }, (_, index) => {
      const image: ImageRecord = {
        kind: "tool",
        rating: 0,
        mark: null,
        id: crypto.randomUUID(),
        job: id,
        fileName: `2026-11-22/20-41-07-${work.kind}-${index + 1}.png`,
        ...size,
        seed: null,
        model: work.kind === "upscale" ? work.model : null,
        prompt: "",
        created: Date.now(),
        format: "png",
        parent,
      };
      const made = urls[index];
      if (made !== undefined) {
        this.#pictures.set(image.id, made);
        this.showInput(image.id, made);
      }
      return image;
    });
  }

  async #run(job: Job): Promise<void> {
    const { id } = job;
    const request = requestOf(job);
    if (!request) return;
    const { stepDelay, paint, fail, unsettled, busy } = this.options;
    if (busy > 0) {
      this.options.busy = 0;
      this.#move(id, { kind: "queued", retryAt: Date.now() + busy * 1000 });
      await wait(busy * 1000);
    }
    if (!this.#move(id, { kind: "sending" })) return;
    await wait(stepDelay * 3);
    const { width, height } = request.size;
    const { steps } = request.sampling;
    const seed = request.sampling.seed ?? 1;
    for (let step = 1; step <= steps; step++) {
      await wait(stepDelay);
      if (paint) this.#pictures.set(`${id}/${step}`, await paint(seed, width, height, step / steps));
      if (!this.#move(id, { kind: "running", step, steps })) return;
      if (fail && step >= Math.min(6, steps)) {
        const error: AppError = {
          code: fail,
          message: "What the server said.",
          detail: "HTTP 500, correlation id 7fc2a1",
        };
        const anlas = this.#account.account?.anlas ?? null;
        const failed: JobState = unsettled
          ? { kind: "unsettled", error, anlasBefore: anlas, anlasAfter: anlas === null ? null : anlas - 26 }
          : { kind: "failed", error };
        this.#move(id, failed);
        return;
      }
    }
    if (!this.#move(id, { kind: "received" })) return;
    const added = Array.from({ length: request.samples }, (_, index) => this.#record(id, request, seed + index));
    if (paint) {
      for (const image of added) {
        this.#pictures.set(image.id, await paint(image.seed ?? 1, width, height, 1));
      }
    }
    this.#images = [...[...added].reverse(), ...this.#images];
    this.tell("libraryChanged", { added, removed: [] });
    this.#move(id, { kind: "done", images: added.map((image) => image.id) });
  }

  #record(job: string, request: GenerateRequest, seed: number): ImageRecord {
    return {
      id: crypto.randomUUID(),
      job,
      fileName: `2026-11-22/20-41-07-${seed}-1.png`,
      ...request.size,
      seed,
      model: request.model,
      prompt: request.prompt.text,
      created: Date.now(),
      format: "png",
      parent: null,
      kind: "text",
      rating: 0,
      mark: null,
    };
  }

  override async pictureOfImage(id: string) {
    const picture = await super.pictureOfImage(id);
    const { width, height } = this.#images.find((image) => image.id === id) ?? picture;
    const sized = { ...picture, width, height };
    this.inputs.set(sized.id, sized);
    return sized;
  }

  async #toJob(name: string, id: string): Promise<Job> {
    this.called(name, id);
    await Promise.resolve();
    const job = this.#jobs.get(id);
    if (!job) throw new IpcError({ code: "notFound", message: "There is no such job.", detail: null });
    return job;
  }

  async cancel(id: string): Promise<void> {
    await this.#toJob("cancel", id);
    this.#move(id, { kind: "cancelled" });
  }

  async dismiss(id: string): Promise<void> {
    await this.#toJob("dismiss", id);
    this.#jobs.delete(id);
    this.tell("jobRemoved", id);
    this.#tellQueue();
  }

  async saveAgain(id: string): Promise<void> {
    const job = await this.#toJob("saveAgain", id);
    this.#move(id, { kind: "queued", retryAt: null });
    this.options.fail = null;
    await this.#run(job);
  }

  #queueState(): QueueState {
    return stateOf([...this.#jobs.values()], this.#paused);
  }

  #tellQueue(): void {
    this.tell("queueChanged", this.#queueState());
  }

  tellOfEnd(): Promise<boolean> {
    return Promise.resolve(false);
  }

  queueState(): Promise<QueueState> {
    return Promise.resolve(this.#queueState());
  }

  listedJobs(list: QueueList, offset: number, limit: number): Promise<Job[]> {
    return Promise.resolve(listed([...this.#jobs.values()], list).slice(offset, offset + limit));
  }

  pauseQueue(paused: boolean): Promise<void> {
    this.called("pauseQueue", paused);
    this.#paused = paused;
    this.#tellQueue();
    if (!paused) {
      void this.#work("sending");
      void this.#work("local");
    }
    return Promise.resolve();
  }

  #put(job: Job): void {
    this.#jobs.set(job.id, job);
    this.tell("jobChanged", job);
    this.#tellQueue();
  }

  async pauseAfter(id: string, pause: boolean): Promise<void> {
    this.#put({ ...(await this.#toJob("pauseAfter", id)), pauseAfter: pause });
  }

  moveJobs(ids: string[], before: string | null): Promise<void> {
    this.called("moveJobs", { ids, before });
    const moved = ids.map((id) => this.#jobs.get(id)).filter((job) => job !== undefined);
    const others = [...this.#jobs.values()].filter(({ id }) => !ids.includes(id));
    const at = before === null ? others.length : others.findIndex(({ id }) => id === before);
    others.splice(at, 0, ...moved);
    this.#jobs = new Map(others.map((job) => [job.id, job]));
    this.#tellQueue();
    return Promise.resolve();
  }

  async editJob(id: string, request: GenerateRequest): Promise<Job> {
    const job = await this.#toJob("editJob", id);
    const { anlas } = price(request, this.#account.account);
    const edited: Job = { ...job, work: { kind: "generate", request, written: null }, anlas };
    this.#put(edited);
    return edited;
  }

  async agreeToJob(id: string): Promise<void> {
    this.#put({ ...(await this.#toJob("agreeToJob", id)), held: null });
    void this.#work("sending");
  }

  #again(job: Job, id: string): Job {
    return this.#queue([{ ...job, ...ALONE, id, state: { kind: "queued", retryAt: null } }])[0] ?? job;
  }

  async duplicateJob(id: string, copy: string): Promise<Job> {
    return this.#again(await this.#toJob("duplicateJob", id), copy);
  }

  async retryJob(id: string): Promise<Job> {
    const job = this.#again(await this.#toJob("retryJob", id), `${id} again`);
    await this.dismiss(id);
    return job;
  }

  async settleJob(id: string, choice: Choice): Promise<void> {
    const job = await this.#toJob("settleJob", id);
    if (choice.kind === "sendAgain") this.#again(job, `${id} again`);
    await this.dismiss(id);
  }

  cancelAll(onTheirWay: boolean): Promise<number> {
    this.called("cancelAll", onTheirWay);
    const waiting = [...this.#jobs.values()].filter(({ state }) => state.kind === "queued");
    for (const { id } of waiting) this.#move(id, { kind: "cancelled" });
    return Promise.resolve(waiting.length);
  }

  clearEnded(): Promise<void> {
    this.called("clearEnded");
    for (const { id, state } of [...this.#jobs.values()]) {
      if (state.kind === "done" || state.kind === "failed" || state.kind === "cancelled") {
        this.#jobs.delete(id);
        this.tell("jobRemoved", id);
      }
    }
    this.#tellQueue();
    return Promise.resolve();
  }

  ledger(since: string): Promise<Ledger> {
    this.called("ledger", since);
    return Promise.resolve(LEDGER);
  }

  #batches = new Map<string, { plan: BatchPlan; created: number; jobs: string[] }>();

  async estimateBatch(plan: BatchPlan): Promise<BatchEstimate> {
    this.called("estimateBatch", plan);
    await Promise.resolve();
    const jobs = cellsOf(plan);
    const each = price(plan.request, this.#account.account).anlas;
    return { jobs, free: each === 0 ? jobs : 0, anlas: jobs * each, refused: 0, refusals: [] };
  }

  async enqueueBatch(id: string, plan: BatchPlan): Promise<number> {
    this.called("enqueueBatch", { id, plan });
    const jobs = Array.from({ length: cellsOf(plan) }, (_, cell) => `${id}-${cell}`);
    this.#batches.set(id, { plan, created: Date.now(), jobs });
    await Promise.all(jobs.map((job) => this.enqueue(job, plan.request)));
    return jobs.length;
  }

  #results(jobs: readonly string[]): BatchResult[] {
    return jobs.map((job) => {
      const state = this.#jobs.get(job)?.state;
      const image = state?.kind === "done" ? (state.images[0] ?? null) : null;
      return { job, over: state?.kind === "done" || state?.kind === "cancelled", image };
    });
  }

  batches(): Promise<BatchLine[]> {
    return Promise.resolve(
      [...this.#batches].reverse().map(([id, { created, jobs }]) => ({
        id,
        created,
        jobs: jobs.length,
        over: this.#results(jobs).filter(({ over }) => over).length,
      })),
    );
  }

  batch(id: string): Promise<Batch> {
    const batch = this.#batches.get(id);
    if (!batch) return Promise.reject(new IpcError({ code: "notFound", message: "No such batch.", detail: null }));
    const cells = this.#results(batch.jobs);
    const over = cells.every((cell) => cell.over);
    return Promise.resolve({ id, created: batch.created, labels: labelsOf(batch.plan), cells, over });
  }

  saveContactSheet(id: string): Promise<boolean> {
    this.called("saveContactSheet", id);
    return Promise.resolve(true);
  }

  sheetUrl = (id: string, over: number) => `sheet/${id}/${over}`;

  images(before: string | null, limit: number): Promise<ImageRecord[]> {
    this.called("images", { before, limit });
    const from = before === null ? 0 : this.#images.findIndex(({ id }) => id === before) + 1;
    return Promise.resolve(this.#images.slice(from, from + limit));
  }

  showInFolder(id: string): Promise<void> {
    this.called("showInFolder", id);
    return Promise.resolve();
  }

  /** What a picture tells: as much as those of the service, or nothing. */
  #proof(how: Handover): Proof {
    const traces: Trace[] = [
      { kind: "text", place: "tEXt Comment", size: 2380 },
      { kind: "hiddenBits", place: "alpha", size: 9120 },
    ];
    const { metadata, format } = how;
    return {
      name: `2026-11-22-20-05-09-1.${format === "jpeg" ? "jpg" : (format ?? "png")}`,
      format: format ?? "png",
      bytes: 1_612_345,
      metadata,
      traces: metadata === "keep" ? traces : [],
      isAll: true,
    };
  }

  lookAtShare(id: string, how: Handover): Promise<Proof> {
    this.called("lookAtShare", { id, how });
    return Promise.resolve(this.#proof(how));
  }

  shareName(template: string, _id: string | null, format: FileFormat | null): Promise<string> {
    const values = { date: "2026-11-22", time: "20-05-09", n: "1", seed: "1234567890", model: "nai-diffusion-5-full" };
    const filled = Object.entries(values).reduce((name, [key, value]) => name.replaceAll(`{${key}}`, value), template);
    const name = filled.replace(/\{prompt(?::(\d+))?\}/g, "1girl silver hair night city");
    return Promise.resolve(`${name}.${format === "jpeg" ? "jpg" : (format ?? "png")}`);
  }

  savePictures(ids: string[], how: Handover): Promise<Delivered | null> {
    this.called("savePictures", { ids, how });
    return Promise.resolve({ folder: "/home/miki/Pictures", proofs: ids.map(() => this.#proof(how)) });
  }

  copyPicture(id: string, how: Handover): Promise<Proof> {
    this.called("copyPicture", { id, how });
    return Promise.resolve(this.#proof(how));
  }

  dragOut(ids: string[], how: Handover): Promise<Proof[]> {
    this.called("dragOut", { ids, how });
    return Promise.resolve(ids.map(() => this.#proof(how)));
  }

  editIn(id: string): Promise<OpenEdit> {
    this.called("editIn", id);
    return Promise.resolve({ id: "edit", image: id, name: "20-05-09-7-0.png", state: { kind: "open" } });
  }

  endEdit(id: string): Promise<void> {
    this.called("endEdit", id);
    return Promise.resolve();
  }

  openEdits(): Promise<OpenEdit[]> {
    return Promise.resolve([]);
  }

  editor(): Promise<string | null> {
    return Promise.resolve(null);
  }

  chooseEditor(): Promise<string | null> {
    this.called("chooseEditor", null);
    return Promise.resolve("krita");
  }

  forgetEditor(): Promise<void> {
    return Promise.resolve();
  }

  async signIn(token: string, keep: Keep): Promise<AccountState> {
    this.called("signIn", { keep });
    await wait(this.options.stepDelay);
    if (token.startsWith("bad")) {
      throw new IpcError({ code: "unauthorized", message: "The server did not accept the token.", detail: "HTTP 401" });
    }
    if (keep === "keychain" && this.options.keychain !== "open") {
      const code = this.options.keychain === "missing" ? "keychainMissing" : "keychainLocked";
      throw new IpcError({ code, message: "The token could not be kept.", detail: null });
    }
    return this.#become({ ...this.#stateOf("novelai"), problem: null, keptIn: keep });
  }

  signOut(): Promise<AccountState> {
    this.called("signOut");
    return Promise.resolve(this.#become({ ...this.#stateOf("sandbox"), problem: null }));
  }

  refreshAccount(): Promise<AccountState> {
    this.called("refreshAccount");
    return Promise.resolve(this.#become({ ...this.#account, problem: null, account: this.options.account ?? ACCOUNT }));
  }

  #become(account: AccountState): AccountState {
    this.#account = account;
    this.tell("accountChanged", account);
    return account;
  }

  saveDraft(request: GenerateRequest): Promise<void> {
    this.called("saveDraft", request);
    this.#draft = request;
    return Promise.resolve();
  }

  /** Gives a picture its address: what `image://` is in the shell. */
  show(id: string, address: string): void {
    this.#pictures.set(id, address);
  }

  pictureUrl = (id: string) => this.#pictures.get(id) ?? `missing/${id}`;
  thumbnailUrl = (id: string) => this.pictureUrl(id);
  previewUrl = (job: string, step: number) => this.pictureUrl(`${job}/${step}`);
}
