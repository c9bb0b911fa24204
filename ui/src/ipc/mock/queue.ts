// The queue as a whole, reckoned from a list of jobs.

import type { BatchPlan, Job, Ledger, QueueList, QueueState } from "../index";

/** A job that is part of nothing, and that nothing is known about yet. */
export const ALONE = { chain: null, cell: null, held: null, pauseAfter: false, paid: null, verdict: null } as const;

export function listed(jobs: readonly Job[], list: QueueList): Job[] {
  switch (list) {
    case "open": {
      const running = jobs.filter(({ state }) => ["sending", "running", "received"].includes(state.kind));
      return [...running, ...jobs.filter(({ state }) => state.kind === "queued")];
    }
    case "done":
      return jobs.filter(({ state }) => state.kind === "done").reverse();
    case "failed":
      return jobs.filter(({ state }) => state.kind === "failed" || state.kind === "cancelled").reverse();
    case "unsettled":
      return jobs.filter(({ state }) => state.kind === "unsettled");
  }
}

/** Of each list not so many that a start would have to wait for them. */
export function firstOf(jobs: readonly Job[]): Job[] {
  const lists: QueueList[] = ["open", "done", "failed", "unsettled"];
  const first = new Set(lists.flatMap((list) => listed(jobs, list).slice(0, 100)));
  return jobs.filter((job) => first.has(job));
}

export function stateOf(jobs: readonly Job[], paused: boolean): QueueState {
  const open = listed(jobs, "open");
  const queued = open.filter(({ state }) => state.kind === "queued");
  const at = queued.findIndex(({ anlas }) => anlas !== 0);
  return {
    paused,
    queued: queued.length,
    running: open.length - queued.length,
    held: queued.filter(({ held }) => held !== null).length,
    done: listed(jobs, "done").length,
    failed: listed(jobs, "failed").length,
    unsettled: listed(jobs, "unsettled").length,
    anlas: queued.reduce((sum, { anlas }) => sum + (anlas ?? 0), 0),
    unpriced: queued.filter(({ anlas }) => anlas === null).length,
    freeBefore: at < 0 ? null : at,
    firstPaid: queued[at]?.id ?? null,
    spent: { queue: 40, day: 186, month: 2310 },
    msLeft: queued.length * 11_000,
  };
}

export const LEDGER: Ledger = {
  today: "2026-11-22",
  spent: { queue: 40, day: 186, month: 2310 },
  lines: [
    {
      day: "2026-11-22",
      tool: "generate",
      model: "nai-diffusion-5-full",
      jobs: 42,
      estimated: 160,
      charged: 166,
      unmeasured: 0,
    },
    {
      day: "2026-11-22",
      tool: "upscale",
      model: "nai-diffusion-5-full",
      jobs: 20,
      estimated: 20,
      charged: 20,
      unmeasured: 1,
    },
    {
      day: "2026-11-21",
      tool: "generate",
      model: "nai-diffusion-4-5-full",
      jobs: 12,
      estimated: 240,
      charged: 240,
      unmeasured: 0,
    },
    { day: "2026-11-21", tool: "augment", model: null, jobs: 3, estimated: 135, charged: 135, unmeasured: 0 },
  ],
  drift: [
    {
      job: "drifted",
      sent: 1_795_377_600_000,
      tool: "generate",
      model: "nai-diffusion-5-full",
      expected: 20,
      charged: 26,
    },
  ],
};

/** The labels of each axis, and those of the copies. */
export function labelsOf({ axes, count }: BatchPlan): string[][] {
  const labels = axes.map(({ values }) => values.map(String));
  if (count === 1 && labels.length > 0) return labels;
  return [...labels, Array.from({ length: count }, (_, copy) => `#${copy + 1}`)];
}

export function cellsOf(plan: BatchPlan): number {
  return labelsOf(plan).reduce((product, { length }) => product * length, 1);
}
