// What the shell does, as the page sees it: a queue with one job at a time, a library, an account. In memory, on
// timers, with a painter that can be left out (tests have no canvas).

import {
  type Account,
  type AccountState,
  type AppError,
  type Backend,
  type Delivered,
  type ErrorCode,
  type FileFormat,
  type GenerateRequest,
  type Handover,
  type ImageRecord,
  IpcError,
  type Job,
  type JobState,
  type Keep,
  type OpenEdit,
  type Proof,
  requestOf,
  type Settings,
  type Start,
  type Told,
  type Trace,
} from "../index";
import { catalogue } from "./catalogue";
import { MockInputs } from "./inputs";
import { SETTINGS } from "./presets";
import { price } from "./price";

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
  draft: GenerateRequest | null;
  recovered: number;
  modelsRefused: string | null;
  settings: Settings;
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
  draft: null,
  recovered: 0,
  modelsRefused: null,
  settings: SETTINGS,
  paint: null,
};

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class MockBackend extends MockInputs implements Backend {
  readonly options: MockOptions;
  #jobs = new Map<string, Job>();
  #images: ImageRecord[];
  #account: AccountState;
  #draft: GenerateRequest | null;
  #pictures = new Map<string, string>();
  #listeners: { [K in keyof Told]?: Set<(told: Told[K]) => void> } = {};
  #working = false;

  constructor(options: Partial<MockOptions> = {}) {
    super();
    this.options = { ...DEFAULTS, ...options };
    this.#images = [...this.options.images];
    for (const job of this.options.jobs) this.#jobs.set(job.id, job);
    this.#draft = this.options.draft;
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
      jobs: [...this.#jobs.values()],
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
      server: this.#account.server.kind === "sandbox" ? "sandbox" : "image.novelai.net",
      anlas,
      created: Date.now(),
      state: { kind: "queued", retryAt: null },
    };
    this.#jobs.set(id, job);
    this.tell("jobChanged", job);
    void this.#work();
    return job;
  }

  #move(id: string, state: JobState): boolean {
    const job = this.#jobs.get(id);
    if (!job || job.state.kind === "cancelled") return false;
    const moved = { ...job, state };
    this.#jobs.set(id, moved);
    this.tell("jobChanged", moved);
    return true;
  }

  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    for (;;) {
      const next = [...this.#jobs.values()].find(({ state }) => state.kind === "queued");
      if (!next) break;
      await this.#run(next);
    }
    this.#working = false;
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
    };
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
  }

  async saveAgain(id: string): Promise<void> {
    const job = await this.#toJob("saveAgain", id);
    this.#move(id, { kind: "queued", retryAt: null });
    this.options.fail = null;
    await this.#run(job);
  }

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
