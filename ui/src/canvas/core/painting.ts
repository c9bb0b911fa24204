// What is being painted: the mask, its history, and how far the canvas reaches beyond the picture. Growing the canvas
// lays a new, larger sheet on top, with a history of its own; undo goes back through it to the sheet below.

import { blank, LONGEST_SIDE, type Canvas, type Mask } from "./mask";
import { BUDGET, History } from "./history";
import { type Extent, NOTHING, type Rect, wholeOf } from "./rect";

/** Pixels beyond each edge of the picture. */
export interface Edges {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export const NO_EDGES: Edges = { left: 0, top: 0, right: 0, bottom: 0 };

/** Edges grow in steps that keep the latent grid where it is. */
export const EDGE_STEP = 8;

/** What an operation left to be drawn again. */
export interface Change {
  readonly rect: Rect;
  /** Another sheet lies on top: its size may be another, and all of it has to be drawn. */
  readonly resized: boolean;
}

interface Sheet {
  readonly history: History;
  readonly edges: Edges;
}

const nothing: Change = { rect: NOTHING, resized: false };

export class Painting {
  readonly picture: Extent;
  readonly #budget: number;
  #sheets: Sheet[];
  #top = 0;

  constructor(picture: Extent, mask: Mask = blank(picture.width, picture.height), edges = NO_EDGES, budget = BUDGET) {
    this.picture = picture;
    this.#budget = budget;
    this.#sheets = [{ history: new History(mask, budget), edges }];
  }

  get #sheet(): Sheet {
    const sheet = this.#sheets[this.#top];
    if (!sheet) throw new Error("there is always a sheet");
    return sheet;
  }

  get mask(): Mask {
    return this.#sheet.history.mask;
  }

  get edges(): Edges {
    return this.#sheet.edges;
  }

  get canUndo(): boolean {
    return this.#top > 0 || this.#sheet.history.canUndo;
  }

  get canRedo(): boolean {
    return this.#sheet.history.canRedo || this.#top < this.#sheets.length - 1;
  }

  /** What strokes write to; `commit` or `drop` close what they have opened. */
  get canvas(): Canvas {
    return this.#sheet.history;
  }

  /** One operation, as one step. */
  edit(operation: (canvas: Canvas) => Rect): Change {
    operation(this.canvas);
    return this.commit();
  }

  commit(): Change {
    const rect = this.#sheet.history.commit();
    if (rect !== NOTHING) this.#sheets.length = this.#top + 1;
    return { rect, resized: false };
  }

  drop(): Change {
    return { rect: this.#sheet.history.drop(), resized: false };
  }

  undo(): Change {
    if (this.#sheet.history.canUndo) return { rect: this.#sheet.history.undo(), resized: false };
    return this.#turnTo(this.#top - 1);
  }

  redo(): Change {
    if (this.#sheet.history.canRedo) return { rect: this.#sheet.history.redo(), resized: false };
    return this.#turnTo(this.#top + 1);
  }

  #turnTo(sheet: number): Change {
    if (sheet < 0 || sheet >= this.#sheets.length) return nothing;
    this.#top = sheet;
    return { rect: wholeOf(this.mask), resized: true };
  }

  /** Another canvas around the picture. What is new is painted: there is nothing there to keep. */
  resize(wanted: Edges): Change {
    const edges = fit(wanted, this.picture);
    const { mask, edges: before } = this;
    if (isSame(edges, before)) return nothing;
    const larger = blank(this.picture.width + edges.left + edges.right, this.picture.height + edges.top + edges.bottom);
    larger.bytes.fill(255);
    const [shiftX, shiftY] = [edges.left - before.left, edges.top - before.top];
    for (let y = Math.max(0, -shiftY); y < mask.height && y + shiftY < larger.height; y++) {
      const from = Math.max(0, -shiftX);
      const to = Math.min(mask.width, larger.width - shiftX);
      larger.bytes.set(
        mask.bytes.subarray(y * mask.width + from, y * mask.width + to),
        (y + shiftY) * larger.width + from + shiftX,
      );
    }
    return this.#lay(larger, edges);
  }

  /** Another mask in place of this one: loaded, or the last state before a crash. It can be taken back. */
  replace(bytes: Uint8Array): Change {
    return this.edit((canvas) => {
      canvas.touch(wholeOf(canvas.mask));
      canvas.mask.bytes.set(bytes);
      return wholeOf(canvas.mask);
    });
  }

  #lay(mask: Mask, edges: Edges): Change {
    this.#sheet.history.forgetRedo();
    this.#sheets.length = this.#top + 1;
    // Sheets share the budget: what lies below keeps what it has.
    const used = this.#sheets.reduce((sum, { history }) => sum + history.bytes + history.mask.bytes.length, 0);
    this.#sheets.push({ history: new History(mask, Math.max(this.#budget / 4, this.#budget - used)), edges });
    this.#top++;
    return { rect: wholeOf(mask), resized: true };
  }
}

const isSame = (one: Edges, other: Edges) =>
  one.left === other.left && one.top === other.top && one.right === other.right && one.bottom === other.bottom;

/** On the grid, not less than nothing, and no side longer than can be painted on. */
function fit({ left, top, right, bottom }: Edges, { width, height }: Extent): Edges {
  const step = (value: number, most: number) =>
    Math.floor(Math.min(Math.max(0, Math.round(value / EDGE_STEP) * EDGE_STEP), Math.max(0, most)) / EDGE_STEP) *
    EDGE_STEP;
  const before = { left: step(left, LONGEST_SIDE - width), top: step(top, LONGEST_SIDE - height) };
  return {
    ...before,
    right: step(right, LONGEST_SIDE - width - before.left),
    bottom: step(bottom, LONGEST_SIDE - height - before.top),
  };
}
