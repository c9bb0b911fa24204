// The price formula, as far as these models go; the real one and its vectors live in the Rust crate `novelai`.

import { type Account, type Estimate, type GenerateRequest, IpcError } from "../index";
import { catalogue } from "./catalogue";

const FREE_AREA = 1_048_576;
const FREE_STEPS = 28;

export function price(request: GenerateRequest, account: Account | null): Estimate {
  const model = catalogue.models.find(({ id }) => id === request.model);
  if (!model) throw refused("model", "This model is not in the list.");
  const { width, height } = request.size;
  const area = width * height;
  if (width % 64 || height % 64) throw refused("size", "Sides are multiples of 64.");
  if (area > catalogue.limits.maxArea) throw refused("size", "A picture has at most 3,145,728 pixels.");
  const most = catalogue.limits.samples.find(({ maxArea }) => area <= maxArea)?.samples ?? 1;
  if (request.samples > most) throw refused("samples", `At this size there are at most ${most} pictures at once.`);
  const { steps } = request.sampling;
  const base = Math.ceil(2.951823174884865e-6 * area + 5.753298233447344e-7 * area * steps) * model.priceFactor;
  const one = Math.max(Math.ceil(base), 2);
  if (one > catalogue.limits.maxPrice) throw refused("sampling.steps", "One picture may cost at most 140 Anlas.");
  const opus = account?.active && account.tier === "opus" && area <= FREE_AREA && steps <= FREE_STEPS;
  const five = model.priceFactor > 1;
  const free = opus && !(five && account.allowance?.isNegative);
  const paid = request.samples - (free ? 1 : 0);
  return {
    parts: [{ kind: "pictures", count: paid, each: one, anlas: one * paid }],
    anlas: one * paid,
    full: one * request.samples,
    free: free ? (five ? "allowance" : "opus") : null,
  };
}

function refused(field: string, message: string): IpcError {
  return new IpcError({ code: "refused", message, detail: field });
}
