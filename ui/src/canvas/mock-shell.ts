// The shell as the painter sees it, in a plain browser: a picture that is painted for it, masks in memory, and results
// that repaint what is white. In no production build.

import { type Account, IpcError } from "../ipc";
import { ACCOUNT } from "../ipc/mock/backend";
import { MockCalls } from "../ipc/mock/calls";
import { paint } from "../ipc/mock/painter";
import { price } from "../ipc/mock/price";
import { REQUEST } from "../test/values";
import { CELL, cellsFor, countCells, followCells } from "./core/cells";
import { fittedBox, innerOf } from "./core/focus";
import { boundsOf, type Mask, PAINTED } from "./core/mask";
import { type Edges, NO_EDGES } from "./core/painting";
import { intersection, isEmpty, type Rect, wholeOf } from "./core/rect";
import { decodeRuns } from "./core/runs";
import type { CanvasShell, CanvasTold, OpenedCanvas, Repaint, RepaintSettings, Seen, SeenNote, Take } from "./shell";

export interface MockCanvasOptions {
  width: number;
  height: number;
  /** Milliseconds between two steps. */
  stepDelay: number;
  /** How saving a mask ends. */
  failsToSave: boolean;
  /** Why the picture can't be opened. */
  refused: boolean;
  changedOutside: number;
  account: Account | null;
}

const DEFAULTS: MockCanvasOptions = {
  width: 832,
  height: 1216,
  stepDelay: 60,
  failsToSave: false,
  refused: false,
  changedOutside: 0,
  account: ACCOUNT,
};

const AREA = 1_048_576;
const SIDE = 64;
const STEPS = 14;

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const refuse = (detail: string, message: string) => new IpcError({ code: "refused", message, detail });

export class MockCanvasShell extends MockCalls implements CanvasShell {
  readonly options: MockCanvasOptions;
  /** The mask as it was last saved, as bytes. */
  mask: Mask | null = null;
  edges: Edges = NO_EDGES;
  #url = "";
  #listener: ((told: CanvasTold) => void) | null = null;
  #jobs = new Set<string>();
  #queue: Promise<void> = Promise.resolve();
  #takes: Take[] = [];

  constructor(options: Partial<MockCanvasOptions> = {}) {
    super();
    this.options = { ...DEFAULTS, ...options };
  }

  async open(picture: string): Promise<OpenedCanvas> {
    this.called("open", picture);
    const { width, height, refused } = this.options;
    if (refused) throw refuse("picture", "This picture has 130 megapixels; up to 64 can be painted on.");
    this.#url ||= await paint(7919, width, height, 1);
    return {
      id: "canvas-1",
      width,
      height,
      url: this.#url,
      name: "valley at dusk",
      edges: NO_EDGES,
      mask: null,
      settings: null,
      takes: [],
    };
  }

  async saveMask(
    _canvas: string,
    runs: Uint8Array,
    { width, height, edges }: { width: number; height: number; edges: Edges },
  ): Promise<void> {
    this.called("saveMask", { bytes: runs.length, width, height });
    await wait(20);
    if (this.options.failsToSave) throw new IpcError({ code: "diskFull", message: "No space left.", detail: null });
    const bytes = decodeRuns(runs, width * height);
    if (!bytes) throw refuse("mask", "The runs don't make a mask.");
    this.mask = { width, height, bytes };
    this.edges = edges;
  }

  saveSettings(_canvas: string, settings: RepaintSettings): Promise<void> {
    this.called("saveSettings", settings);
    return Promise.resolve();
  }

  exportMask(canvas: string): Promise<boolean> {
    this.called("exportMask", canvas);
    return Promise.resolve(true);
  }

  /** A disc in the middle. */
  importMask(canvas: string): Promise<Uint8Array | null> {
    this.called("importMask", canvas);
    const { width, height } = this.mask ?? this.options;
    const radius = Math.min(width, height) / 6;
    return Promise.resolve(
      Uint8Array.from({ length: width * height }, (_, at) =>
        Math.hypot((at % width) - width / 2, Math.floor(at / width) - height / 2) < radius ? 255 : 0,
      ),
    );
  }

  async look(repaint: Repaint): Promise<Seen> {
    this.called("look", repaint);
    await wait(30);
    const { settings } = repaint;
    const mask = this.mask;
    const paintRect = mask ? boundsOf(mask, PAINTED) : null;
    if (!mask || !paintRect || isEmpty(paintRect)) throw refuse("mask", "Nothing is painted.");
    const crop = cropOf(settings, paintRect, mask);
    const inner = settings.focus.kind === "whole" ? crop : innerOf(crop, settings.margin, mask);
    const [width, height] = sentSize(crop);
    const cells = cellsFor(mask);
    followCells(cells, mask, wholeOf(mask), settings.rule);
    const notes: SeenNote[] = [];
    const outside = paintedOutside(mask, inner);
    if (outside > 0) notes.push({ kind: "left", pixels: outside });
    if (crop.width % SIDE !== 0 || crop.height % SIDE !== 0) {
      if (settings.focus.kind === "whole") notes.push({ kind: "padded", width, height });
    }
    notes.push({ kind: "otherModel", chosen: "V5 Curated", used: "V4.5 Curated" });
    return {
      model: { id: "nai-diffusion-4-5-curated-inpainting", name: "V4.5 Curated" },
      crop,
      inner,
      width,
      height,
      cells: countCells(cells),
      allCells: cells.bytes.length,
      maskUrl: await this.#maskOf(mask, crop, inner),
      pictureUrl: await this.#pictureOf(crop),
      notes,
      price: price({ ...REQUEST, model: "nai-diffusion-4-5-curated", size: { width, height } }, this.options.account),
    };
  }

  async #pictureOf(crop: Rect): Promise<string> {
    const [canvas, context] = sheet(crop.width, crop.height);
    const source = await imageOf(this.#url);
    context.fillStyle = "#000";
    context.fillRect(0, 0, crop.width, crop.height);
    context.drawImage(source, this.edges.left - crop.x, this.edges.top - crop.y);
    return addressOf(canvas);
  }

  async #maskOf(mask: Mask, crop: Rect, inner: Rect): Promise<string> {
    const [canvas, context] = sheet(crop.width, crop.height);
    context.fillStyle = "#000";
    context.fillRect(0, 0, crop.width, crop.height);
    context.fillStyle = "#fff";
    const cells = cellsFor(mask);
    followCells(cells, mask, wholeOf(mask), "any");
    for (let y = Math.floor(inner.y / CELL); y * CELL < inner.y + inner.height; y++) {
      for (let x = Math.floor(inner.x / CELL); x * CELL < inner.x + inner.width; x++) {
        if (cells.bytes[y * cells.across + x] === 1) context.fillRect(x * CELL - crop.x, y * CELL - crop.y, CELL, CELL);
      }
    }
    return addressOf(canvas);
  }

  enqueue(id: string, repaint: Repaint): Promise<void> {
    this.called("enqueue", { id, repaint });
    if (this.#jobs.has(id)) return Promise.resolve();
    this.#jobs.add(id);
    this.#tell({ kind: "queued", job: id });
    const seed = repaint.seed ?? Math.ceil(Math.random() * 99_999_999);
    this.#queue = this.#queue.then(() => this.#run(id, repaint, seed));
    return Promise.resolve();
  }

  cancel(id: string): Promise<void> {
    this.called("cancel", id);
    this.#jobs.delete(id);
    this.#tell({ kind: "cancelled", job: id });
    return Promise.resolve();
  }

  async #run(job: string, { settings }: Repaint, seed: number): Promise<void> {
    const mask = this.mask;
    if (!mask || !this.#jobs.has(job)) return;
    const crop = cropOf(settings, boundsOf(mask, PAINTED), mask);
    for (let step = 1; step <= STEPS; step++) {
      await wait(this.options.stepDelay);
      if (!this.#jobs.has(job)) return;
      const preview = await paint(seed, crop.width, crop.height, step / (STEPS + 1));
      this.#tell({ kind: "running", job, step, steps: STEPS, preview, crop });
    }
    const url = await this.#result(mask, crop, seed);
    const take: Take = {
      id: crypto.randomUUID(),
      seed,
      url,
      thumbnailUrl: url,
      changedOutside: this.options.changedOutside,
    };
    this.#takes.push(take);
    this.#tell({ kind: "done", job, take });
  }

  /** The picture, with another in the paint's place. */
  async #result(mask: Mask, crop: Rect, seed: number): Promise<string> {
    const [canvas, context] = sheet(mask.width, mask.height);
    const [layer, onLayer] = sheet(mask.width, mask.height);
    const alpha = onLayer.createImageData(mask.width, mask.height);
    mask.bytes.forEach((value, at) => (alpha.data[at * 4 + 3] = value));
    onLayer.putImageData(alpha, 0, 0);
    onLayer.globalCompositeOperation = "source-in";
    onLayer.drawImage(await imageOf(await paint(seed, crop.width, crop.height, 1)), crop.x, crop.y);
    context.drawImage(await imageOf(this.#url), this.edges.left, this.edges.top);
    context.filter = "blur(3px)";
    context.drawImage(layer, 0, 0);
    context.filter = "none";
    context.drawImage(layer, 0, 0);
    return addressOf(canvas);
  }

  async keep(canvas: string, take: string): Promise<OpenedCanvas> {
    this.called("keep", { canvas, take });
    const kept = this.#takes.find(({ id }) => id === take);
    if (!kept) throw new IpcError({ code: "notFound", message: "There is no such take.", detail: null });
    this.#url = kept.url;
    this.#takes = [];
    await Promise.resolve();
    const { width, height } = this.mask ?? this.options;
    return {
      id: "canvas-1",
      width,
      height,
      url: kept.url,
      name: "valley at dusk",
      edges: NO_EDGES,
      mask: null,
      settings: null,
      takes: [],
    };
  }

  reject(canvas: string, take: string): Promise<void> {
    this.called("reject", { canvas, take });
    this.#takes = this.#takes.filter(({ id }) => id !== take);
    return Promise.resolve();
  }

  listen(_canvas: string, listener: (told: CanvasTold) => void): () => void {
    this.#listener = listener;
    return () => (this.#listener = null);
  }

  #tell(told: CanvasTold): void {
    this.#listener?.(told);
  }
}

function cropOf({ focus, margin }: RepaintSettings, paintRect: Rect, mask: Mask): Rect {
  switch (focus.kind) {
    case "whole":
      return wholeOf(mask);
    case "auto":
    case "each":
      return fittedBox(paintRect, margin, mask) ?? wholeOf(mask);
    case "box":
      return focus.box;
  }
}

function sentSize({ width, height }: Rect): [number, number] {
  const scale = Math.sqrt(AREA / (width * height));
  const side = (length: number) => Math.max(SIDE, Math.floor((length * Math.min(scale, 4)) / SIDE) * SIDE);
  return [side(width), side(height)];
}

function paintedOutside(mask: Mask, inner: Rect): number {
  let [all, inside] = [0, 0];
  const area = intersection(inner, wholeOf(mask));
  mask.bytes.forEach((value, at) => {
    if (value < PAINTED) return;
    all++;
    const [x, y] = [at % mask.width, Math.floor(at / mask.width)];
    if (x >= area.x && y >= area.y && x < area.x + area.width && y < area.y + area.height) inside++;
  });
  return all - inside;
}

function sheet(width: number, height: number): [HTMLCanvasElement, CanvasRenderingContext2D] {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser has no canvas");
  return [canvas, context];
}

async function imageOf(url: string): Promise<HTMLImageElement> {
  const image = new Image();
  image.src = url;
  await image.decode();
  return image;
}

function addressOf(canvas: HTMLCanvasElement): Promise<string> {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => {
      if (blob) resolve(URL.createObjectURL(blob));
      else reject(new Error("the canvas could not be read"));
    }, "image/png");
  });
}
