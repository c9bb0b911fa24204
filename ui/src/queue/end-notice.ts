// A word from the desktop when the queue has come to its end and the window is elsewhere, which the shell knows.

import { t } from "../i18n/index.svelte";
import { type Job, type QueueState, tellOfEnd } from "../ipc";

export class EndNotice {
  #busy = false;
  #pictures = 0;
  #troubled = 0;
  #last: string | null = null;

  /** A job is over. */
  note({ state }: Job): void {
    if (state.kind === "done") {
      this.#pictures += state.images.length;
      this.#last = state.images.at(-1) ?? this.#last;
    } else if (state.kind === "failed" || state.kind === "unsettled") {
      this.#troubled += 1;
    }
  }

  /** The queue as a whole has changed. */
  async change(state: QueueState): Promise<void> {
    const busy = state.running > 0 || (!state.paused && state.queued > state.held);
    const over = this.#busy && !busy;
    this.#busy = busy;
    if (!over) return;
    const lines: string[] = [];
    if (this.#pictures > 0) lines.push(t("drawer.end.pictures", { count: this.#pictures }));
    if (this.#troubled > 0) lines.push(t("drawer.end.troubled", { count: this.#troubled }));
    if (state.held > 0) lines.push(t("drawer.summary.held", { count: state.held }));
    const last = this.#last;
    this.#pictures = 0;
    this.#troubled = 0;
    this.#last = null;
    // What was cancelled by hand needs no word.
    if (lines.length > 0) await tellOfEnd(t("drawer.end.title"), lines.join(" · "), last);
  }
}
