// The list of jobs as events change it, and what can be read from it. Pure: a list in, a list out.

import type { Job, JobState } from "../ipc";

/** The job as it is now, in its place; new ones go to the end. */
export function changed(jobs: readonly Job[], job: Job): Job[] {
  const known = jobs.some(({ id }) => id === job.id);
  return known ? jobs.map((other) => (other.id === job.id ? job : other)) : [...jobs, job];
}

export function removed(jobs: readonly Job[], id: string): Job[] {
  return jobs.filter((job) => job.id !== id);
}

/** Queued, or on its way. */
export function isOpen({ kind }: JobState): boolean {
  switch (kind) {
    case "queued":
    case "sending":
    case "running":
    case "received":
      return true;
    case "done":
    case "failed":
    case "unsettled":
    case "cancelled":
      return false;
  }
}

/** On its way: the one that the server works on, or whose picture is being saved. */
export function isUnderWay({ kind }: JobState): boolean {
  return kind === "sending" || kind === "running" || kind === "received";
}

export type Troubled = Job & { state: Extract<JobState, { kind: "failed" | "unsettled" }> };

/** Ended without a picture, and waits for the person. */
export function isTroubled(job: Job): job is Troubled {
  return job.state.kind === "failed" || job.state.kind === "unsettled";
}

/** How far a job is, 0 to 1; null where there is nothing to count. */
export function progress(state: JobState): number | null {
  switch (state.kind) {
    case "running":
      return state.step / state.steps;
    case "received":
    case "done":
      return 1;
    case "queued":
    case "sending":
    case "failed":
    case "unsettled":
    case "cancelled":
      return null;
  }
}

/** Failures that are told together: the same code, and none of them perhaps charged. */
export function grouped(troubled: readonly Troubled[]): Troubled[][] {
  const groups: Troubled[][] = [];
  for (const job of troubled) {
    const group = groups.find(
      ([first]) =>
        first?.state.kind === "failed" &&
        job.state.kind === "failed" &&
        first.state.error.code === job.state.error.code,
    );
    if (group) group.push(job);
    else groups.push([job]);
  }
  return groups;
}
