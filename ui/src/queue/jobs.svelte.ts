// The queue as the shell tells it. Commands carry intent: after a cancel nothing changes here until `jobChanged` says so.

import { enqueue, type GenerateRequest, type Job } from "../ipc";
import { changed, grouped, isOpen, isTroubled, isUnderWay, removed } from "./reducer";

export class Jobs {
  all: readonly Job[] = $state.raw([]);
  /** What was told while a reading was on its way: it is newer than the reading. */
  #meanwhile: ((jobs: readonly Job[]) => Job[])[] | null = [];

  readonly open = $derived(this.all.filter(({ state }) => isOpen(state)));
  readonly current = $derived(this.open.find(({ state }) => isUnderWay(state)) ?? null);
  readonly waiting = $derived(this.open.filter(({ state }) => !isUnderWay(state)));
  readonly troubled = $derived(this.all.filter(isTroubled));
  readonly groups = $derived(grouped(this.troubled));

  /** A reading of everything is on its way. */
  expect(): void {
    this.#meanwhile = [];
  }

  /** Everything as it was read. */
  reset(read: readonly Job[]): void {
    this.all = (this.#meanwhile ?? []).reduce<readonly Job[]>((jobs, tell) => tell(jobs), read);
    this.#meanwhile = null;
  }

  change(job: Job): void {
    this.#tell((jobs) => changed(jobs, job));
  }

  remove(id: string): void {
    this.#tell((jobs) => removed(jobs, id));
  }

  #tell(told: (jobs: readonly Job[]) => Job[]): void {
    this.#meanwhile?.push(told);
    this.all = told(this.all);
  }

  find(id: string): Job | undefined {
    return this.all.find((job) => job.id === id);
  }

  /** Queues a request under an id of its own; asking twice with one id is one job. */
  async enqueue(id: string, request: GenerateRequest): Promise<Job> {
    const job = await enqueue(id, request);
    // Its events may have been faster than this answer, and then they know better.
    if (!this.find(job.id)) this.change(job);
    return job;
  }
}
