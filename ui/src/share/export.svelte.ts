// An export of many pictures, on its way: how far it is, what came of it. The shell asks where and does the work.

import {
  asAppError,
  type AppError,
  type Chosen,
  type Exported,
  type ExportKind,
  type Handover,
  library,
  listen,
} from "../ipc";

type State =
  | { kind: "asked" }
  | { kind: "running"; done: number; total: number; stopping: boolean }
  | { kind: "done"; exported: Exported }
  | { kind: "stopped" }
  | { kind: "failed"; error: AppError };

export class Exporting {
  state: State = $state.raw({ kind: "asked" });
  #id: string | null = null;

  /** Follows what the shell tells; gives what ends that. */
  follow(): Promise<() => void> {
    return listen("exportChanged", ({ id, done, total }) => {
      const { state } = this;
      if (id !== this.#id || state.kind !== "running") return;
      this.state = { ...state, done, total };
    });
  }

  /** Nothing is said where the person changed their mind about the place. */
  async run(chosen: Chosen, how: Handover, kind: ExportKind): Promise<void> {
    if (this.state.kind === "running") return;
    const id = crypto.randomUUID();
    this.#id = id;
    this.state = { kind: "running", done: 0, total: 0, stopping: false };
    try {
      const exported = await library().exportPictures(id, chosen, how, kind);
      if (exported) this.state = { kind: "done", exported };
      else this.state = this.#wasStopped() ? { kind: "stopped" } : { kind: "asked" };
    } catch (thrown) {
      this.state = { kind: "failed", error: asAppError(thrown) };
    }
  }

  #wasStopped(): boolean {
    return this.state.kind === "running" && this.state.stopping;
  }

  async stop(): Promise<void> {
    const { state } = this;
    if (this.#id === null || state.kind !== "running") return;
    this.state = { ...state, stopping: true };
    // Where it can't be told, it goes on, and so does what is shown.
    await library()
      .cancelExport(this.#id)
      .catch(() => undefined);
  }
}
