// The price formula, as far as these models go; the real one and its vectors live in the Rust crate `novelai`.

import { type Account, type Estimate, type GenerateRequest, IpcError, type PricePart } from "../index";
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
  const smea = { off: 1, on: 1.2, dynamic: 1.4 }[request.sampling.smea ?? "off"];
  const base = Math.ceil(2.951823174884865e-6 * area + 5.753298233447344e-7 * area * steps) * model.priceFactor * smea;
  const one = Math.max(Math.ceil(base), 2);
  if (one > catalogue.limits.maxPrice) throw refused("sampling.steps", "One picture may cost at most 140 Anlas.");
  const opus = account?.active && account.tier === "opus" && area <= FREE_AREA && steps <= FREE_STEPS;
  const five = model.priceFactor > 1;
  const free = opus && !(five && account.allowance?.isNegative);
  const paid = request.samples - (free ? 1 : 0);
  const parts: PricePart[] = [];
  if (free) parts.push({ kind: "freePictures", count: 1, each: 0, anlas: 0 });
  if (paid > 0) parts.push({ kind: "pictures", count: paid, each: one, anlas: one * paid });
  const vibes = model.encodesVibes ? (request.references?.vibes ?? []).filter(({ encoded }) => !encoded).length : 0;
  if (vibes > 0) parts.push({ kind: "vibeEncoding", count: vibes, each: 2, anlas: 2 * vibes });
  const precise = (model.references ? (request.references?.precise?.length ?? 0) : 0) * request.samples;
  if (precise > 0) parts.push({ kind: "preciseReferences", count: precise, each: 5, anlas: 5 * precise });
  const beside = 2 * vibes + 5 * precise;
  return {
    parts,
    anlas: one * paid + beside,
    full: one * request.samples + beside,
    free: free ? (five ? "allowance" : "opus") : null,
  };
}

function refused(field: string, message: string): IpcError {
  return new IpcError({ code: "refused", message, detail: field });
}
