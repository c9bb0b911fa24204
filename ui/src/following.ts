// Which job the viewer follows by itself: the one being painted; between two jobs, the last result, until there is
// something to see of the next.

import type { Job } from "./ipc";

export function followed(open: readonly Job[], last: Job | null): Job | null {
  const painted = open.find(({ state }) => (state.kind === "running" && state.step > 0) || state.kind === "received");
  return painted ?? last ?? open[0] ?? null;
}
