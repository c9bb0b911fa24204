// What steps would cost on all pictures, live: asked for a moment after the last change, and only the newest answer
// counts. Pictures that can't take the steps are told with the reason; the others are what is paid for.

import { type AppError, asAppError, type ChainEstimate, type ChainPicture, estimateChain, type Step } from "../ipc";
import { debounced } from "../shared/debounce";

export type PriceState =
  /** There is no picture, or no step. */
  | { kind: "nothing" }
  | { kind: "pending" }
  /** `accepted`: the pictures that can take the steps, by id. */
  | { kind: "known"; estimate: ChainEstimate; accepted: string[]; refused: ChainPicture[] }
  /** No picture could take these steps. */
  | { kind: "refused"; error: AppError }
  | { kind: "unknown" };

const AFTER_TYPING = 120;

export class Price {
  state: PriceState = $state.raw({ kind: "nothing" });
  #asked = 0;
  #wanted: [readonly Step[], readonly string[]] = [[], []];
  #subject = "";
  readonly #later = debounced(AFTER_TYPING, () => void this.now(...this.#wanted));

  /** Steps, pictures, or who pays have changed. */
  follow(steps: readonly Step[], images: readonly string[]): void {
    this.#wanted = [steps, images];
    this.#asked += 1;
    if (steps.length === 0 || images.length === 0) {
      this.#later.cancel();
      this.state = { kind: "nothing" };
      return;
    }
    const subject = JSON.stringify([steps.map(toolOf), images]);
    if (this.state.kind === "nothing" || subject !== this.#subject) this.state = { kind: "pending" };
    this.#subject = subject;
    this.#later();
  }

  /** Asks at once; answers what was found, even if a newer question has overtaken it. */
  async now(steps: readonly Step[], images: readonly string[]): Promise<PriceState> {
    this.#later.cancel();
    const asked = ++this.#asked;
    const found = await priceOf(steps, images);
    if (asked === this.#asked) this.state = found;
    return found;
  }

  /** What is known of a picture. */
  of(id: string): ChainPicture | undefined {
    return this.state.kind === "known" ? this.state.estimate.pictures.find(({ image }) => image === id) : undefined;
  }
}

/** What of a step decides its price. A price of something else must not stand on it for a moment; a prompt that is
    typed changes nothing, and the price needn't flicker. */
const toolOf = (step: Step) => (step.kind === "augment" ? step.tool.kind : step);

async function priceOf(steps: readonly Step[], images: readonly string[]): Promise<PriceState> {
  if (steps.length === 0 || images.length === 0) return { kind: "nothing" };
  try {
    const estimate = await estimateChain([...steps], [...images]);
    const refused = estimate.pictures.filter((picture) => picture.refused !== null);
    const accepted = estimate.pictures.filter((picture) => picture.refused === null).map(({ image }) => image);
    return { kind: "known", estimate, accepted, refused };
  } catch (thrown) {
    const error = asAppError(thrown);
    return error.code === "refused" ? { kind: "refused", error } : { kind: "unknown" };
  }
}
