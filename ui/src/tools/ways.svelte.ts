// The ways to make a picture larger, side by side on one part of it, before anything is paid. The part is chosen on the
// picture; what comes of it is asked for a moment after it was moved.

import {
  type AppError,
  asAppError,
  compareWays,
  type PictureInfo,
  type Rect,
  type Size,
  type ComparedWay,
  type Comparison,
} from "../ipc";
import { debounced } from "../shared/debounce";

const AFTER_MOVING = 160;
export const LEAST = 32;
export const MOST = 512;
const START = 192;

/** The rectangle moved and shrunk until it lies within the picture, in whole pixels. */
export function within({ left, top, width, height }: Rect, picture: Size): Rect {
  const fit = (length: number, most: number) =>
    Math.round(Math.min(Math.max(length, Math.min(LEAST, most)), MOST, most));
  const wide = fit(width, picture.width);
  const high = fit(height, picture.height);
  return {
    left: Math.round(Math.min(Math.max(0, left), picture.width - wide)),
    top: Math.round(Math.min(Math.max(0, top), picture.height - high)),
    width: wide,
    height: high,
  };
}

/** The part to begin with: a little above the middle, where faces are. */
export function usualPart(picture: Size): Rect {
  const side = Math.min(START, picture.width, picture.height);
  return within(
    { left: (picture.width - side) / 2, top: (picture.height - side) * 0.4, width: side, height: side },
    picture,
  );
}

export class WaysCompared {
  /** Whether the ways are looked at. */
  open = $state(false);
  picture: PictureInfo | null = $state.raw(null);
  part: Rect = $state.raw({ left: 0, top: 0, width: 0, height: 0 });
  scale = $state(2);
  /** What waifu2x takes away of it. */
  noise: number | null = $state(null);
  made: (Comparison & { part: Rect; scale: number }) | null = $state.raw(null);
  pending = $state(false);
  problem: AppError | null = $state.raw(null);
  left: ComparedWay = $state("nearest");
  right: ComparedWay = $state("waifu2x");
  #asked = 0;
  readonly #soon = debounced(AFTER_MOVING, () => void this.#ask());

  /** Looks at a picture. Another one is looked at in its own middle. */
  look(picture: PictureInfo, scale: number, noise: number | null): void {
    if (this.picture?.id === picture.id && this.scale === scale && this.noise === noise) return;
    if (this.picture?.id !== picture.id) {
      this.part = usualPart(picture);
      this.made = null;
    }
    this.picture = picture;
    this.scale = scale;
    this.noise = noise;
    this.#again();
  }

  move(part: Rect): void {
    if (!this.picture) return;
    const next = within(part, this.picture);
    const { left, top, width, height } = this.part;
    if (next.left === left && next.top === top && next.width === width && next.height === height) return;
    this.part = next;
    this.#again();
  }

  #again(): void {
    this.#asked += 1;
    this.pending = true;
    this.#soon();
  }

  async #ask(): Promise<void> {
    const { picture, part, scale, noise } = this;
    if (!picture) return;
    const asked = ++this.#asked;
    try {
      const made = await compareWays(picture.id, part, scale, noise);
      if (asked !== this.#asked) return;
      this.made = { ...made, part, scale };
      this.problem = null;
      const [first = "nearest", second = first] = made.ways;
      if (!made.ways.includes(this.left)) this.left = made.ways.at(-1) ?? first;
      if (!made.ways.includes(this.right)) this.right = second;
    } catch (thrown) {
      if (asked === this.#asked) this.problem = asAppError(thrown);
    } finally {
      if (asked === this.#asked) this.pending = false;
    }
  }
}
