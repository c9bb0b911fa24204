// What the draft would cost, live: asked for a moment after the last change, and only the newest answer counts.

import { asAppError, type AppError, estimate, type Estimate, type GenerateRequest } from "../ipc";
import { debounced } from "../shared/debounce";
import { fieldOf } from "./fields";

export type PriceState =
  | { kind: "pending" }
  | { kind: "known"; estimate: Estimate }
  /** It can't be sent as it is; `error.detail` names the field. `nearest`: a lower number there that could be. */
  | { kind: "refused"; error: AppError; nearest: number | null }
  | { kind: "unknown" };

const AFTER_TYPING = 150;

export class Price {
  state: PriceState = $state.raw({ kind: "pending" });
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
    if (asked === this.#asked) this.state = found;
    return found;
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
