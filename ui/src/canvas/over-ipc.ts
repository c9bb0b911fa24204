// What the painter asks of the shell, in the app: the commands of `ipc`. A canvas is named by its picture, by content,
// so its picture is an input of that name.

import {
  asAppError,
  type Canvas,
  cancel,
  canvases,
  type GenerateRequest,
  inputUrl,
  type Job,
  listen,
  pictureUrl,
  previewUrl,
  requestOf,
  type Take as Result,
  thumbnailUrl,
} from "../ipc";
import type { Edges } from "./core/painting";
import type { CanvasShell, CanvasTold, OpenedCanvas, Repaint, RepaintSettings, Seen, Take } from "./shell";

export class ShellOverIpc implements CanvasShell {
  readonly #draft: () => GenerateRequest;

  /** A repaint is the recipe's request but for what it decides itself. */
  constructor(draft: () => GenerateRequest) {
    this.#draft = draft;
  }

  async open(picture: string): Promise<OpenedCanvas> {
    return this.#opened(await canvases.open(picture));
  }

  async #opened({ id, name, width, height, edges, hasMask, settings, takes }: Canvas): Promise<OpenedCanvas> {
    const mask = hasMask ? await canvases.mask(id) : null;
    const finished = takes.filter(({ problem }) => problem === null);
    return { id, name, width, height, url: inputUrl(id, "whole"), edges, mask, settings, takes: finished.map(takeOf) };
  }

  saveMask(
    canvas: string,
    runs: Uint8Array<ArrayBuffer>,
    { width, height, edges }: { width: number; height: number; edges: Edges },
  ): Promise<void> {
    return canvases.saveMask(canvas, runs, { width, height }, edges);
  }

  saveSettings(canvas: string, settings: RepaintSettings): Promise<void> {
    return canvases.saveSettings(canvas, settings);
  }

  exportMask(canvas: string): Promise<boolean> {
    return canvases.exportMask(canvas);
  }

  async importMask(canvas: string): Promise<Uint8Array | null> {
    const bytes = await canvases.importMask(canvas);
    return bytes.length > 0 ? bytes : null;
  }

  async look(repaint: Repaint): Promise<Seen> {
    const { model, modelName, look, ...seen } = await canvases.look(repaint, this.#draft());
    return {
      ...seen,
      model: { id: model, name: modelName },
      maskUrl: canvases.lookUrl(look, "mask"),
      pictureUrl: canvases.lookUrl(look, "picture"),
    };
  }

  async enqueue(id: string, repaint: Repaint): Promise<void> {
    await canvases.enqueue(id, repaint, this.#draft());
  }

  cancel(id: string): Promise<void> {
    return cancel(id);
  }

  async keep(canvas: string, take: string): Promise<OpenedCanvas> {
    return this.#opened(await canvases.keep(canvas, take));
  }

  reject(canvas: string, take: string): Promise<void> {
    return canvases.reject(canvas, take);
  }

  listen(canvas: string, listener: (told: CanvasTold) => void): () => void {
    let gone = false;
    let stop = (): void => undefined;
    const tell = (told: CanvasTold): void => {
      if (!gone) listener(told);
    };
    void listen("jobChanged", (job) => void follow(canvas, job, tell)).then((found) => {
      stop = found;
      if (gone) stop();
    });
    return () => {
      gone = true;
      stop();
    };
  }
}

const takeOf = ({ id, seed, changedOutside }: Result): Take => ({
  id,
  seed,
  url: pictureUrl(id),
  thumbnailUrl: thumbnailUrl(id),
  changedOutside,
});

/** What a job's state means for the canvas that asked for it; jobs of others mean nothing. */
async function follow(canvas: string, job: Job, tell: (told: CanvasTold) => void): Promise<void> {
  const source = requestOf(job)?.source;
  const paste = source?.kind === "inpaint" ? source.paste : null;
  if (paste?.canvas !== canvas) return;
  const { id, state } = job;
  switch (state.kind) {
    case "queued":
      tell({ kind: "queued", job: id });
      return;
    case "sending":
    case "received":
      return;
    case "running": {
      const { left: x, top: y, width, height } = paste.frame.crop;
      const { step, steps } = state;
      const preview = step > 0 ? previewUrl(id, step) : null;
      tell({ kind: "running", job: id, step, steps, preview, crop: { x, y, width, height } });
      return;
    }
    case "done":
      tell(await outcome(canvas, id));
      return;
    case "failed":
    case "unsettled":
      tell({ kind: "failed", job: id, error: state.error });
      return;
    case "cancelled":
      tell({ kind: "cancelled", job: id });
      return;
  }
}

/** What became of a job that is done. */
async function outcome(canvas: string, job: string): Promise<CanvasTold> {
  try {
    const take = (await canvases.takes(canvas)).find((found) => found.job === job);
    // Kept or rejected in the meantime.
    if (!take) return { kind: "cancelled", job };
    return take.problem ? { kind: "failed", job, error: take.problem } : { kind: "done", job, take: takeOf(take) };
  } catch (thrown) {
    return { kind: "failed", job, error: asAppError(thrown) };
  }
}
