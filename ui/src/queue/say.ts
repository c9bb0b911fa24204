import type { Job } from "../ipc";
import { t } from "../i18n/index.svelte";
import type { Clock } from "./clock.svelte";

/** What a job is doing, in a few words. */
export function sayState({ state }: Job, clock: Clock): string {
  switch (state.kind) {
    case "queued":
      return state.retryAt === null
        ? t("queue.queued")
        : t("queue.retry", { seconds: clock.secondsUntil(state.retryAt) });
    case "sending":
      return t("queue.sending");
    case "running":
      return t("queue.running", { step: state.step, steps: state.steps });
    case "received":
      return t("queue.received");
    case "done":
      return t("queue.finished");
    case "failed":
    case "unsettled":
      return t(`errors.${state.error.code}.title`);
    case "cancelled":
      return t("queue.cancelled");
  }
}
