// What the painter asks of the shell, in one place. The room knows nothing else of it: in the app the commands of
// `ipc` stand behind this, in a plain browser the mock beside it.
//
// Pictures are named by id and shown by address; the bytes of the mask travel as runs (core/runs.ts), never in JSON.

import type { AppError, Estimate } from "../ipc";
import type { CellRule } from "./core/cells";
import type { Edges } from "./core/painting";
import type { Rect } from "./core/rect";

/** A picture on the canvas. */
export interface OpenedCanvas {
  /** Names the canvas; the same for the same picture. */
  id: string;
  /** The picture's own size. */
  width: number;
  height: number;
  /** Where the whole picture can be shown from. */
  url: string;
  /** What the picture is called, for those who listen. */
  name: string;
  /** How far the canvas reached beyond the picture when it was left. */
  edges: Edges;
  /** The mask as it was left, as runs over the canvas with its edges. */
  mask: Uint8Array | null;
  /** The settings as they were left. */
  settings: RepaintSettings | null;
  /** Results that were neither kept nor rejected, oldest first. */
  takes: Take[];
}

/** Everything that decides a repaint, beside the mask. */
export interface RepaintSettings {
  /** How much of what is painted is made anew, 0.01 to 1. */
  strength: number;
  /** Pixels over which the result is blended into the picture, 0 to 64. */
  feather: number;
  /** Outside of the feather the picture stays as it is, to the pixel. */
  keepOutside: boolean;
  /** The colours of the result are brought to those of the picture. */
  matchColours: boolean;
  /** When a cell of the latent grid is sent as painted. */
  rule: CellRule;
  /** Which part is sent. `auto`: chosen so that it shows most detail; `each`: several blobs become several jobs. */
  focus: { kind: "whole" } | { kind: "auto" } | { kind: "each" } | { kind: "box"; box: Rect };
  /** Context around the paint in the box, 32 to 96. */
  margin: number;
  /** Prompt and Undesired Content of its own; null: those of the draft. */
  prompt: { text: string; undesired: string } | null;
}

/** What is asked for: the saved mask of a canvas, and how it is to be repainted. */
export interface Repaint {
  canvas: string;
  settings: RepaintSettings;
  /** Null: one is picked. */
  seed: number | null;
}

/** Something worth knowing before it is sent. */
export type SeenNote =
  /** The inpainting model is not the chosen one's own. */
  | { kind: "otherModel"; chosen: string; used: string }
  /** The picture is scaled and padded to be accepted. */
  | { kind: "padded"; width: number; height: number }
  /** Paint outside of the box, or in its margin, is not sent. */
  | { kind: "left"; pixels: number }
  /** So many jobs are made, one after the other. */
  | { kind: "jobs"; count: number };

/** Exactly what would be sent. */
export interface Seen {
  model: { id: string; name: string };
  /** The part of the canvas. */
  crop: Rect;
  /** The part of it in which paint counts. */
  inner: Rect;
  /** The size it is sent at. */
  width: number;
  height: number;
  /** Cells of the latent grid that are sent as painted, and all of them. */
  cells: number;
  allCells: number;
  /** The mask as it is sent, white is made anew, and the picture with its pad. */
  maskUrl: string;
  pictureUrl: string;
  notes: SeenNote[];
  price: Estimate;
}

/** A result over the mask, not yet kept or rejected. */
export interface Take {
  id: string;
  seed: number;
  /** The whole picture with the result blended into it. */
  url: string;
  thumbnailUrl: string;
  /** Pixels outside of mask and feather that differ from the source: proved after the job. */
  changedOutside: number;
}

/** What happens to the jobs of a canvas. */
export type CanvasTold =
  | { kind: "queued"; job: string }
  | { kind: "running"; job: string; step: number; steps: number; preview: string | null; crop: Rect }
  | { kind: "done"; job: string; take: Take }
  | { kind: "failed"; job: string; error: AppError }
  | { kind: "cancelled"; job: string };

export interface CanvasShell {
  /** A picture of the library or an input, by id. Refuses what is too large or can't be read, and changes nothing then. */
  open(picture: string): Promise<OpenedCanvas>;
  /** Durable when it resolves. */
  saveMask(
    canvas: string,
    runs: Uint8Array<ArrayBuffer>,
    size: { width: number; height: number; edges: Edges },
  ): Promise<void>;
  saveSettings(canvas: string, settings: RepaintSettings): Promise<void>;
  /** Asks where; false: they changed their mind. */
  exportMask(canvas: string): Promise<boolean>;
  /** Asks which; null: they changed their mind. A mask of another size is refused. */
  importMask(canvas: string): Promise<Uint8Array | null>;
  /** Of the mask as it was last saved. Refuses what can't be sent, with the field in `detail`. */
  look(repaint: Repaint): Promise<Seen>;
  /** Into the queue, under the id of the click; the same id twice is one job. */
  enqueue(id: string, repaint: Repaint): Promise<void>;
  cancel(id: string): Promise<void>;
  /** The take becomes the picture of a canvas, with the mask at hand. */
  keep(canvas: string, take: string): Promise<OpenedCanvas>;
  reject(canvas: string, take: string): Promise<void>;
  /** Answers what takes the listener away. */
  listen(canvas: string, listener: (told: CanvasTold) => void): () => void;
}

export const USUAL: RepaintSettings = {
  strength: 1,
  feather: 20,
  keepOutside: true,
  matchColours: false,
  rule: "any",
  focus: { kind: "auto" },
  margin: 48,
  prompt: null,
};
