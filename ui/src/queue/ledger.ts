// The ledger added up by day, tool or model. Pure.

import type { LedgerLine } from "../ipc";

export type By = "day" | "tool" | "model";

export interface Sum {
  key: string;
  jobs: number;
  estimated: number;
  charged: number;
  unmeasured: number;
}

/** One line for each day, tool or model, in the order in which they come; what has no model is "". */
export function addedUp(lines: readonly LedgerLine[], by: By): Sum[] {
  const sums = new Map<string, Sum>();
  for (const line of lines) {
    const key = line[by] ?? "";
    const sum = sums.get(key) ?? { key, jobs: 0, estimated: 0, charged: 0, unmeasured: 0 };
    sums.set(key, {
      key,
      jobs: sum.jobs + line.jobs,
      estimated: sum.estimated + line.estimated,
      charged: sum.charged + line.charged,
      unmeasured: sum.unmeasured + line.unmeasured,
    });
  }
  return [...sums.values()];
}

export function total(sums: readonly Sum[]): Sum {
  return sums.reduce(
    (all, { jobs, estimated, charged, unmeasured }) => ({
      key: "",
      jobs: all.jobs + jobs,
      estimated: all.estimated + estimated,
      charged: all.charged + charged,
      unmeasured: all.unmeasured + unmeasured,
    }),
    { key: "", jobs: 0, estimated: 0, charged: 0, unmeasured: 0 },
  );
}

/** A day so many days ago, as the ledger writes it. */
export function daysAgo(days: number, now = new Date()): string {
  const then = new Date(now.getFullYear(), now.getMonth(), now.getDate() - days);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${then.getFullYear()}-${two(then.getMonth() + 1)}-${two(then.getDate())}`;
}
