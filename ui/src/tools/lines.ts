// What happens to pictures, read from the jobs of the queue: the jobs of one picture, one after the other, are a line.
// Pure: jobs in, lines out. Jobs may be told in any order, and some may have been dismissed.

import type { AppError, Job, JobState } from "../ipc";

export type LineState =
  | { kind: "waiting" }
  | { kind: "running" }
  | { kind: "done" }
  | { kind: "failed"; error: AppError }
  | { kind: "cancelled" };

export interface Line {
  /** The id of its first job. */
  id: string;
  /** The picture it began with. */
  source: string;
  jobs: readonly Job[];
  state: LineState;
  /** The job that it has come to: the one that runs, waits or failed; the last one if all are done. */
  at: Job;
  /** How many steps are done, of how many. */
  step: number;
  steps: number;
  /** 0 to 1, over all steps. */
  progress: number;
  /** What has come of it so far, the pictures of the last step that is done. */
  images: readonly string[];
}

/** Whether a job makes a picture of a picture. */
export function isTool({ work, chain }: Job): boolean {
  switch (work.kind) {
    case "upscale":
    case "augment":
    case "enlarge":
    case "annotate":
      return true;
    case "generate":
    case "encodeVibe":
    case "classify":
    case "writePrompt":
      return chain !== null;
  }
}

export function isOver({ kind }: JobState): boolean {
  switch (kind) {
    case "done":
    case "failed":
    case "unsettled":
    case "cancelled":
      return true;
    case "queued":
    case "sending":
    case "running":
    case "received":
      return false;
  }
}

/** How far a job is, 0 to 1. */
function done(state: JobState): number {
  switch (state.kind) {
    case "running":
      return state.steps > 0 ? state.step / state.steps : 0;
    case "received":
      return 0.98;
    case "done":
      return 1;
    case "queued":
    case "sending":
    case "failed":
    case "unsettled":
    case "cancelled":
      return 0;
  }
}

function stateOf(jobs: readonly Job[], at: Job): LineState {
  const broken = jobs.find(({ state }) => state.kind === "failed" || state.kind === "unsettled")?.state;
  if (broken && "error" in broken) return { kind: "failed", error: broken.error };
  switch (at.state.kind) {
    case "done":
      return { kind: "done" };
    case "cancelled":
      return { kind: "cancelled" };
    case "queued":
      return jobs.some(({ state }) => state.kind === "done") ? { kind: "running" } : { kind: "waiting" };
    case "sending":
    case "running":
    case "received":
    case "failed":
    case "unsettled":
      return { kind: "running" };
  }
}

/** The first of these jobs that is not done, or the last. */
function lastOf(jobs: readonly Job[], first: Job): Job {
  return jobs.find(({ state }) => state.kind !== "done") ?? jobs.at(-1) ?? first;
}

function lineOf(first: Job, next: ReadonlyMap<string, Job>): Line | null {
  if (!("image" in first.work)) return null;
  const jobs = [first];
  for (let job = next.get(first.id); job && !jobs.includes(job); job = next.get(job.id)) jobs.push(job);
  const at = lastOf(jobs, first);
  const steps = Math.max(first.chain?.steps ?? 1, jobs.length);
  const finished = jobs.filter(({ state }) => state.kind === "done");
  const last = finished.at(-1)?.state;
  return {
    id: first.id,
    source: first.work.image,
    jobs,
    at,
    state: stateOf(jobs, at),
    step: finished.length,
    steps,
    progress: jobs.reduce((sum, { state }) => sum + done(state), 0) / steps,
    images: last?.kind === "done" ? last.images : [],
  };
}

/** All lines; those asked for last come first, and those of one click in the order of their pictures. */
export function linesOf(jobs: readonly Job[]): Line[] {
  const tools = jobs.filter(isTool);
  const next = new Map(tools.flatMap((job) => (job.chain?.after ? [[job.chain.after, job] as const] : [])));
  const known = new Set(tools.map(({ id }) => id));
  return tools
    .filter(({ chain }) => !chain?.after || !known.has(chain.after))
    .flatMap((job) => lineOf(job, next) ?? [])
    .sort((one, other) => (other.jobs[0]?.created ?? 0) - (one.jobs[0]?.created ?? 0));
}

/** The jobs of a line that can still be stopped. */
export function stoppable({ jobs }: Line): string[] {
  return jobs.filter(({ state }) => !isOver(state)).map(({ id }) => id);
}

export interface Progress {
  /** Pictures that are through, however they ended. */
  ended: number;
  count: number;
  /** 0 to 1. */
  value: number;
  /** The line that is being worked on. */
  now: Line | null;
}

/** How far several lines are together. */
export function progressOf(lines: readonly Line[]): Progress {
  const over = ({ state }: Line) => state.kind === "done" || state.kind === "failed" || state.kind === "cancelled";
  const sum = lines.reduce((all, line) => all + (over(line) ? 1 : line.progress), 0);
  return {
    ended: lines.filter(over).length,
    count: lines.length,
    value: lines.length > 0 ? sum / lines.length : 0,
    now: lines.find(({ state }) => state.kind === "running") ?? null,
  };
}
