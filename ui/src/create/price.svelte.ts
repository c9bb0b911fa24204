// What the draft would cost, live: asked for a moment after the last change, and only the newest answer counts.

import {
  asAppError,
  type AppError,
  type Catalogue,
  estimate,
  type Estimate,
  type GenerateRequest,
  type Size,
} from "../ipc";
import { debounced } from "../shared/debounce";
import { fieldOf } from "./fields";
import { included } from "./size";

export type PriceState =
  | { kind: "pending" }
  | { kind: "known"; estimate: Estimate }
  /** It can't be sent as it is; `error.detail` names the field. `nearest`: a lower number there that could be. */
  | { kind: "refused"; error: AppError; nearest: number | null }
  | { kind: "unknown" };

/** What has to change for a picture to be included in the subscription again. */
export interface Beyond {
  steps: number | null;
  size: Size | null;
}

const AFTER_TYPING = 150;

export class Price {
  state: PriceState = $state.raw({ kind: "pending" });
  /** The draft has left what the subscription includes, and this leads back. */
  beyond: Beyond | null = $state.raw(null);
  /** What is included is known from here; without it nobody is warned. */
  catalogue: Catalogue | null = null;
  /** The last size that was included. */
  #included: Size | null = null;
  #asked = 0;
  #request: GenerateRequest | null = null;
  #later = debounced(AFTER_TYPING, () => {
    if (this.#request) void this.now(this.#request);
  });

  /** The draft, or who pays for it, has changed. */
  follow(request: GenerateRequest): void {
    this.#request = request;
    this.#asked += 1;
    this.#later();
  }

  /** Asks at once; answers what was found, even if a newer question has overtaken it. */
  async now(request: GenerateRequest): Promise<PriceState> {
    this.#later.cancel();
    const asked = ++this.#asked;
    const found = await priceOf(request);
    if (asked === this.#asked) {
      this.state = found;
      void this.#lookBack(request, found, asked);
    }
    return found;
  }

  /** Whether smaller sides or fewer steps would be included. The rules stay in Rust: it is asked. */
  async #lookBack(request: GenerateRequest, found: PriceState, asked: number): Promise<void> {
    if (found.kind === "known" && found.estimate.free !== null) this.#included = request.size;
    const within = found.kind === "known" && found.estimate.free === null ? this.#within(request) : null;
    const price = within ? await priceOf(within) : null;
    if (asked !== this.#asked) return;
    const helps = within !== null && price?.kind === "known" && price.estimate.free !== null;
    this.beyond = helps
      ? {
          steps: within.sampling.steps === request.sampling.steps ? null : within.sampling.steps,
          size: within.size === request.size ? null : within.size,
        }
      : null;
  }

  /** The request with no more steps and pixels than are included; null if it has no more. */
  #within(request: GenerateRequest): GenerateRequest | null {
    if (!this.catalogue) return null;
    const { limits, sizes } = this.catalogue;
    const { size, sampling } = request;
    const large = size.width * size.height > limits.freeArea;
    if (!large && sampling.steps <= limits.freeSteps) return null;
    return {
      ...request,
      size: large ? (this.#included ?? included(size, sizes, limits)) : size,
      sampling: { ...sampling, steps: Math.min(sampling.steps, limits.freeSteps) },
    };
  }
}

/** What a request would cost. */
export async function priceOf(request: GenerateRequest): Promise<PriceState> {
  try {
    return { kind: "known", estimate: await estimate(request) };
  } catch (thrown) {
    const error = asAppError(thrown);
    if (error.code !== "refused") return { kind: "unknown" };
    return { kind: "refused", error, nearest: await nearestBelow(request, error) };
  }
}

/** The largest lower number that is accepted, where the refused field is one of the two that cost. The rules stay in
 *  Rust: they are asked, by halving, not repeated. */
async function nearestBelow(request: GenerateRequest, error: AppError): Promise<number | null> {
  const field = fieldOf(error);
  if (field !== "samples" && field !== "steps") return null;
  const value = field === "samples" ? request.samples : request.sampling.steps;
  let accepted: number | null = null;
  let [low, high] = [1, value - 1];
  while (low <= high) {
    const middle = Math.floor((low + high) / 2);
    const tried =
      field === "samples"
        ? { ...request, samples: middle }
        : { ...request, sampling: { ...request.sampling, steps: middle } };
    if (await isAccepted(tried)) {
      accepted = middle;
      low = middle + 1;
    } else {
      high = middle - 1;
    }
  }
  return accepted;
}

async function isAccepted(request: GenerateRequest): Promise<boolean> {
  try {
    await estimate(request);
    return true;
  } catch {
    return false;
  }
}
