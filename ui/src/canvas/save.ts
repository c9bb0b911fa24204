// The mask goes to disk by itself: half a second after the last stroke, and after a second and a half at the latest. It
// is packed in slices between the frames, so that the next stroke does not wait for it.

import type { Mask } from "./core/mask";
import type { Edges } from "./core/painting";
import type { Rect } from "./core/rect";
import { PackedMask } from "./core/runs";

export type Saving = "saved" | "saving" | "failed";

const AFTER = 500;
const AT_THE_LATEST = 1500;
const TRY_AGAIN = 4000;

/** Milliseconds of packing between two frames. */
const SLICE = 3;

type Write = (runs: Uint8Array<ArrayBuffer>, size: { width: number; height: number; edges: Edges }) => Promise<void>;

export class Saver {
  readonly #write: Write;
  readonly #onstate: (state: Saving) => void;
  #mask: Mask;
  #edges: Edges;
  #packed: PackedMask;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #since: number | null = null;
  #writing: Promise<boolean> | null = null;

  constructor(mask: Mask, edges: Edges, write: Write, onstate: (state: Saving) => void) {
    this.#mask = mask;
    this.#edges = edges;
    this.#packed = new PackedMask(mask);
    this.#write = write;
    this.#onstate = onstate;
  }

  /** Whether everything is on disk. */
  get isSaved(): boolean {
    return this.#since === null && this.#writing === null;
  }

  /** Another sheet. */
  follow(mask: Mask, edges: Edges): void {
    this.#mask = mask;
    this.#edges = edges;
    this.#packed = new PackedMask(mask);
  }

  changed(rect: Rect): void {
    this.#packed.changed(rect);
    const now = performance.now();
    this.#since ??= now;
    this.#onstate("saving");
    this.#later(Math.min(AFTER, Math.max(0, this.#since + AT_THE_LATEST - now)));
  }

  #later(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#slice(), milliseconds);
  }

  #slice(): void {
    const until = performance.now() + SLICE;
    while (performance.now() < until) {
      if (this.#packed.packSome()) continue;
      void this.flush();
      return;
    }
    this.#later(0);
  }

  /** Writes now what is not on disk, and resolves when it is, or when that has failed. */
  async flush(): Promise<boolean> {
    clearTimeout(this.#timer);
    while (this.#writing) await this.#writing;
    if (this.#since === null) return true;
    this.#since = null;
    const writing = this.#writeNow();
    this.#writing = writing;
    const saved = await writing;
    this.#writing = null;
    this.#tell(saved);
    return saved;
  }

  async #writeNow(): Promise<boolean> {
    const { width, height } = this.#mask;
    try {
      await this.#write(this.#packed.take(), { width, height, edges: this.#edges });
      return true;
    } catch {
      return false;
    }
  }

  #tell(saved: boolean): void {
    if (!saved) {
      this.#since ??= performance.now();
      this.#onstate("failed");
      this.#later(TRY_AGAIN);
    } else if (this.isSaved) {
      this.#onstate("saved");
    }
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}
