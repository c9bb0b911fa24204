// Everything that is on the table: the rooms' states, tied together. It listens to the shell, carries intents to it,
// and decides what the viewer shows. Rooms know nothing of each other; this file and App.svelte know them all.

import { Session } from "./account/session.svelte";
import { Draft } from "./create/draft.svelte";
import { Price, priceOf } from "./create/price.svelte";
import { followed } from "./following";
import { t } from "./i18n/index.svelte";
import {
  type AppError,
  asAppError,
  cancel,
  cancelAll,
  type Carried,
  dismiss,
  type GenerateRequest,
  type ImageRecord,
  type Job,
  listen,
  presets,
  previewPreset,
  type QueueState,
  requestOf,
  saveAgain,
  type Settings,
  start,
  type Start,
} from "./ipc";
import { History } from "./library/history.svelte";
import { Clock } from "./queue/clock.svelte";
import { EndNotice } from "./queue/end-notice";
import { Jobs } from "./queue/jobs.svelte";
import { SHARE_AS_IT_IS } from "./share/sharing.svelte";
import { Limit } from "./shared/limit.svelte";
import type { NextStep } from "./queue/next-step";
import { QueueRoom } from "./queue/room.svelte";
import { isOpen, type Troubled } from "./queue/reducer";
import { Preferences } from "./settings/preferences.svelte";
import type { Shown } from "./viewer/shown";

/** What the person looks at: what is being made, or something they picked. */
type Choice = { kind: "live" } | { kind: "job"; id: string } | { kind: "image"; id: string };

export class Desk {
  readonly session = new Session();
  readonly jobs = new Jobs();
  readonly queueRoom = new QueueRoom(this.jobs);
  readonly history = new History();
  readonly price = new Price();
  readonly clock = new Clock();

  draft: Draft | null = $state.raw(null);
  readonly preferences = new Preferences({
    askAbove: null,
    explicitTags: false,
    onlineTags: true,
    sizes: [],
    share: SHARE_AS_IT_IS,
    spending: { freeOnly: false, queueCap: null, dayCap: null, monthCap: null, allowance: "pay" },
    pauseBetween: 0,
    pictureNames: "",
  });
  libraryFolder = $state("");
  version = $state("");
  /** Pictures brought back from a run that ended badly; the person has not been told yet. */
  recovered = $state(0);
  /** Why the person's own changes to the models are not used; they have not been told yet. */
  modelsRefused: string | null = $state(null);
  /** What the last command failed with. */
  failure: AppError | null = $state.raw(null);
  /** The price turned out to be higher than what the person saw; nothing was queued. */
  risen: number | null = $state(null);
  /** Above it nothing is queued before they press again. */
  readonly limit = new Limit<GenerateRequest>();
  /** A job that was charged something else than was expected; the person has not been told yet. */
  drifted: Job | null = $state.raw(null);
  /** For those who listen: the last thing that happened. */
  said = $state("");

  #choice: Choice = $state.raw({ kind: "live" });
  /** The last job that came to an end while it was looked at. */
  #last: string | null = $state(null);
  /** What jobs in trouble would cost now, where that is more than they did. */
  readonly pricesNow: Record<string, number> = $state({});
  readonly #endNotice = new EndNotice();
  #generating = false;
  #stepping = false;
  #listeners: (() => void)[] = [];

  readonly shown: Shown = $derived.by(() => this.#shown());

  /** Reads everything, and listens from before the reading on. */
  async open(): Promise<void> {
    this.#listeners = await Promise.all([
      listen("jobChanged", (job) => this.#jobChanged(job)),
      listen("jobRemoved", (id) => this.jobs.remove(id)),
      listen("queueChanged", (queue) => this.#queueChanged(queue)),
      listen("libraryChanged", ({ added, removed }) => this.history.change(added, removed)),
      listen("accountChanged", (account) => this.session.change(account)),
      listen("everythingChanged", () => void this.#read().catch((thrown: unknown) => this.#fail(thrown))),
    ]);
    const read = await this.#read();
    this.price.catalogue = read.catalogue;
    const draft = new Draft(read.catalogue, read.draft);
    this.draft = read.draft === null ? new Draft(read.catalogue, (await this.#newDraft(draft)).request) : draft;
    this.libraryFolder = read.libraryFolder;
    this.version = read.version;
    this.recovered = read.recovered;
    this.modelsRefused = read.modelsRefused;
  }

  close(): void {
    for (const stop of this.#listeners) stop();
    this.#listeners = [];
  }

  async #read(): Promise<Start> {
    this.jobs.expect();
    this.session.expect();
    const read = await start();
    this.jobs.reset(read.jobs);
    this.queueRoom.change(read.queue);
    this.history.reset(read.images);
    this.session.reset(read.account);
    this.preferences.value = read.settings;
    return read;
  }

  #fail(thrown: unknown): void {
    this.failure = asAppError(thrown);
  }

  #queueChanged(queue: QueueState): void {
    this.queueRoom.change(queue);
    this.#endNotice.change(queue).catch((thrown: unknown) => this.#fail(thrown));
  }

  #jobChanged(job: Job): void {
    const before = this.jobs.find(job.id);
    this.jobs.change(job);
    this.queueRoom.changeJob(job);
    if (job.paid && job.paid.charged !== job.paid.expected && !before?.paid) this.drifted = job;
    const ended = before !== undefined && isOpen(before.state) && !isOpen(job.state);
    if (!ended) return;
    this.#endNotice.note(job);
    if (job.state.kind === "cancelled") this.said = t("queue.cancelled");
    else this.#last = job.id;
    if (job.state.kind === "done" && job.state.images.length > 0) this.said = t("queue.finished");
  }

  // What the viewer shows

  #shown(): Shown {
    const nothing: Shown = { kind: "nothing", size: this.draft?.request.size ?? { width: 832, height: 1216 } };
    const newest = this.history.all[0];
    const otherwise = newest ? this.#asPicture(newest) : nothing;
    switch (this.#choice.kind) {
      case "image": {
        const image = this.history.find(this.#choice.id);
        return image ? this.#asPicture(image) : otherwise;
      }
      case "job":
        return this.#asShown(this.jobs.find(this.#choice.id)) ?? otherwise;
      case "live": {
        const last = this.#last === null ? undefined : this.jobs.find(this.#last);
        return this.#asShown(followed(this.jobs.open, last ?? null) ?? undefined) ?? otherwise;
      }
    }
  }

  #asPicture(image: ImageRecord): Shown {
    const job = image.job === null ? undefined : this.jobs.find(image.job);
    return { kind: "picture", id: image.id, job: image.job, image, request: job ? requestOf(job) : null };
  }

  #asShown(job: Job | undefined): Shown | null {
    if (!job || job.state.kind === "cancelled") return null;
    if (job.state.kind !== "done") return { kind: "job", job };
    const [id] = job.state.images;
    if (id === undefined) return null;
    return { kind: "picture", id, job: job.id, image: this.history.find(id) ?? null, request: requestOf(job) };
  }

  showImage(id: string): void {
    this.#choice = { kind: "image", id };
  }

  /** One that may be far back. */
  showPicture(image: ImageRecord): void {
    this.history.know(image);
    this.showImage(image.id);
  }

  showJob(id: string): void {
    this.#choice = { kind: "job", id };
  }

  // What the person wants

  /** The draft or who pays for it has changed. */
  priceAgain(request: GenerateRequest): void {
    this.risen = null;
    this.limit.forget();
    this.price.follow(request);
  }

  /** The click on Generate. While one is being taken, another is the same. */
  async generate(): Promise<void> {
    if (this.#generating || !this.draft) return;
    this.#generating = true;
    try {
      const request = this.draft.snapshot();
      const seen = this.price.state.kind === "known" ? this.price.state.estimate.anlas : 0;
      const price = await this.price.now(request);
      if (price.kind !== "known") return;
      const { anlas } = price.estimate;
      this.risen = anlas > seen ? anlas : null;
      if (this.risen === null && this.limit.allows(request, anlas, this.preferences.value.askAbove))
        await this.#queue(request);
    } finally {
      this.#generating = false;
    }
  }

  dont(): void {
    this.limit.forget();
  }

  /** Changes what the person decided about the app. */
  prefer(changes: Partial<Settings>): Promise<boolean> {
    return this.#try(() => this.preferences.change(changes));
  }

  /** A draft from the beginning: the defaults, and what the person's own preset for new drafts says. */
  async newDraft(): Promise<void> {
    const { draft } = this;
    if (!draft) return;
    draft.take(await this.#newDraft(draft), t("create.menu.new"));
  }

  async #newDraft(draft: Draft): Promise<Carried> {
    const fresh = draft.fresh();
    try {
      const shelf = await presets();
      const preset = shelf.presets.find(({ id }) => id === shelf.default);
      if (preset) return (await previewPreset(preset.id, preset.parts, fresh)).carried;
    } catch {
      // A shelf that can't be read is told when it is opened; a draft can begin without it.
    }
    return { request: fresh, notes: [] };
  }

  /** Queues a request under an id of its own. */
  #queue(request: GenerateRequest): Promise<boolean> {
    return this.queue(crypto.randomUUID(), request);
  }

  /** Queues a request under the id of a click, and looks at what becomes of it. */
  queue(id: string, request: GenerateRequest): Promise<boolean> {
    if (this.jobs.open.length === 0) this.#last = null;
    this.#choice = { kind: "live" };
    return this.#try(() => this.jobs.enqueue(id, request));
  }

  async #try(command: () => Promise<unknown>): Promise<boolean> {
    try {
      await command();
      this.failure = null;
      return true;
    } catch (thrown) {
      this.#fail(thrown);
      return false;
    }
  }

  cancel(ids: readonly string[]): void {
    for (const id of ids) void this.#try(() => cancel(id));
  }

  /** Everything that is open. Of a long queue the page knows only the beginning. */
  cancelAll(): void {
    const { queued, running } = this.queueRoom.state;
    if (queued + running > this.jobs.open.length) void this.#try(() => cancelAll(true));
    else this.cancel(this.jobs.open.map(({ id }) => id));
  }

  /** Does the next step of jobs that ended in trouble. While one is being done, another is the same. Signing in is the
   *  dialog's business. */
  async step(step: NextStep, troubled: readonly Troubled[]): Promise<void> {
    if (this.#stepping) return;
    this.#stepping = true;
    try {
      for (const job of troubled) if (!(await this.#step(step, job))) return;
    } finally {
      this.#stepping = false;
    }
  }

  async #step(step: NextStep, job: Troubled): Promise<boolean> {
    switch (step) {
      case "tryAgain":
      case "generateAgain":
        return (await this.#again(job)) && this.#try(() => dismiss(job.id));
      case "load": {
        const request = requestOf(job);
        if (request) this.draft?.use(request);
        return this.#try(() => dismiss(job.id));
      }
      case "saveAgain":
        return this.#try(() => saveAgain(job.id));
      case "dismiss":
        return this.#try(() => dismiss(job.id));
      case "signIn":
        return true;
    }
  }

  /** The same request under another id, unless it costs more than what the person has seen. */
  async #again(job: Troubled): Promise<boolean> {
    const { id, anlas } = job;
    const request = requestOf(job);
    if (!request) return false;
    const price = await priceOf(request);
    if (price.kind === "refused") this.failure = price.error;
    if (price.kind !== "known") return false;
    const now = price.estimate.anlas;
    if (now > (this.pricesNow[id] ?? anlas ?? 0)) {
      this.pricesNow[id] = now;
      return false;
    }
    return this.#queue(request);
  }

  /** What a picture was made with, back into the recipe; all of it, or what its record says. */
  async reuse({ image, request }: Extract<Shown, { kind: "picture" }>): Promise<void> {
    const { draft } = this;
    if (!draft) return;
    if (request) {
      const seed = image?.seed ?? request.sampling.seed;
      draft.use({ ...request, sampling: { ...request.sampling, seed } });
    } else if (image) {
      const { model, prompt, width, height, seed } = image;
      if (model !== null && draft.catalogue.models.some(({ id }) => id === model)) await draft.useModel(model);
      draft.edit((edited) => {
        edited.prompt.text = prompt;
        edited.size = { width, height };
        if (seed !== null) edited.sampling.seed = seed;
      });
    }
  }
}
