// The queue in full, as the drawer shows it: lists that may have ten thousand rows, of which only what is in sight is
// read. The shell keeps the order; after every change what is in sight is read again.

import {
  agreeToJob,
  type AppError,
  asAppError,
  cancel,
  cancelAll,
  type Choice,
  clearEnded,
  dismiss,
  duplicateJob,
  editJob,
  type GenerateRequest,
  type Job,
  listedJobs,
  moveJobs,
  pauseAfter,
  pauseQueue,
  type QueueList,
  type QueueState,
  retryJob,
  saveAgain,
  settleJob,
} from "../ipc";
import type { Jobs } from "./jobs.svelte";

/** So many rows are read at once. */
const PAGE = 100;

const NOTHING: QueueState = {
  paused: false,
  queued: 0,
  running: 0,
  held: 0,
  done: 0,
  failed: 0,
  unsettled: 0,
  anlas: 0,
  unpriced: 0,
  freeBefore: null,
  firstPaid: null,
  spent: { queue: 0, day: 0, month: 0 },
  msLeft: null,
};

const NO_ROWS = { first: 0, jobs: [] };

export class QueueRoom {
  state: QueueState = $state.raw(NOTHING);
  open = $state(false);
  list: QueueList = $state("open");
  /** The rows that have been read: those from a place on. */
  rows: { first: number; jobs: readonly Job[] } = $state.raw(NO_ROWS);
  /** The job that is being changed in the recipe. */
  editing: string | null = $state(null);
  /** What the last command failed with. */
  failure: AppError | null = $state.raw(null);
  #jobs: Jobs;
  #sight: [from: number, to: number] = [0, 0];
  /** Counts readings, so that an older one does not overwrite a newer. */
  #reading = 0;

  readonly count = $derived(countOf(this.state, this.list));

  constructor(jobs: Jobs) {
    this.#jobs = jobs;
  }

  change(state: QueueState): void {
    this.state = state;
    if (this.open) void this.#read();
  }

  /** A job in sight moves on. Its place is the shell's business. */
  changeJob(job: Job): void {
    const { first, jobs } = this.rows;
    if (jobs.some(({ id }) => id === job.id)) {
      this.rows = { first, jobs: jobs.map((other) => (other.id === job.id ? job : other)) };
    }
    if (this.editing === job.id && job.state.kind !== "queued") this.editing = null;
  }

  show(list: QueueList): void {
    this.list = list;
    this.rows = NO_ROWS;
    this.open = true;
    void this.#read();
  }

  toggle(): void {
    if (this.open) this.open = false;
    else this.show(this.state.unsettled > 0 && this.state.queued + this.state.running === 0 ? "unsettled" : "open");
  }

  /** The job at a place, if it has been read. */
  at(place: number): Job | undefined {
    return this.rows.jobs[place - this.rows.first];
  }

  /** These places are in sight. */
  see(from: number, to: number): void {
    this.#sight = [from, to];
    for (let place = from; place < Math.min(to, this.count); place++) {
      if (!this.at(place)) {
        void this.#read();
        return;
      }
    }
  }

  async #read(): Promise<void> {
    const reading = ++this.#reading;
    const [from, to] = this.#sight;
    const first = Math.floor(from / PAGE) * PAGE;
    const limit = Math.max(PAGE, Math.ceil((to - first) / PAGE) * PAGE);
    try {
      const read = await listedJobs(this.list, first, limit);
      if (reading !== this.#reading) return;
      // Events of what is under way may have been faster than this reading.
      this.rows = { first, jobs: read.map((job) => this.#newer(job)) };
    } catch (thrown) {
      this.failure = asAppError(thrown);
    }
  }

  #newer(job: Job): Job {
    const known = this.#jobs.find(job.id);
    return known?.state.kind === "running" && job.state.kind === "running" ? known : job;
  }

  async #do(command: () => Promise<unknown>): Promise<boolean> {
    try {
      await command();
      this.failure = null;
      return true;
    } catch (thrown) {
      this.failure = asAppError(thrown);
      return false;
    } finally {
      if (this.open) void this.#read();
    }
  }

  pause = (paused: boolean) => this.#do(() => pauseQueue(paused));
  pauseAfter = (id: string, pause: boolean) => this.#do(() => pauseAfter(id, pause));
  cancel = (id: string) => this.#do(() => cancel(id));
  cancelWaiting = () => this.#do(() => cancelAll(false));
  clear = () => this.#do(clearEnded);
  agree = (id: string) => this.#do(() => agreeToJob(id));
  duplicate = (id: string) => this.#do(() => duplicateJob(id, crypto.randomUUID()));
  retry = (id: string) => this.#do(() => retryJob(id));
  settle = (id: string, choice: Choice) => this.#do(() => settleJob(id, choice));
  saveAgain = (id: string) => this.#do(() => saveAgain(id));
  dismiss = (id: string) => this.#do(() => dismiss(id));

  /** Puts a row at another place of the list. What is under way stays in front. */
  async move(job: Job, to: number): Promise<number | null> {
    const among = this.rows.jobs.findIndex(({ id }) => id === job.id);
    const from = this.rows.first + among;
    const place = Math.max(this.state.running, Math.min(to, this.count - 1));
    if (among < 0 || from === place) return null;
    // The one that it comes to stand before; behind the last there is none.
    const next = place < from ? place : place + 1;
    const before = next >= this.count ? null : await this.#idAt(next);
    if (before === undefined) return null;
    return (await this.#do(() => moveJobs([job.id], before))) ? place : null;
  }

  /** Far away from what is in sight it has to be asked for. */
  async #idAt(place: number): Promise<string | undefined> {
    return this.at(place)?.id ?? (await listedJobs(this.list, place, 1).catch(() => []))[0]?.id;
  }

  /** Puts what was changed in the recipe back into the queue. */
  async putBack(request: GenerateRequest): Promise<boolean> {
    const id = this.editing;
    if (id === null) return false;
    const done = await this.#do(() => editJob(id, request));
    if (done) this.editing = null;
    return done;
  }
}

export function countOf(state: QueueState, list: QueueList): number {
  switch (list) {
    case "open":
      return state.queued + state.running;
    case "unsettled":
      return state.unsettled;
    case "failed":
      return state.failed;
    case "done":
      return state.done;
  }
}
