// What another model can take over. The rules live in the Rust crate `novelai`; these are as many as the page needs to be
// tried with.

import type { Carried, CarryNote, GenerateRequest, Model, UndesiredPreset } from "../index";
import { catalogue } from "./catalogue";

/** Where each preset goes in a model that does not have it, best first (api.md 3.2). */
const NEXT_BEST: Record<UndesiredPreset, UndesiredPreset[]> = {
  none: ["light", "heavy"],
  light: ["none", "heavy"],
  heavy: ["light", "none"],
  humanFocus: ["heavy", "light", "none"],
  furryFocus: ["heavy", "light", "none"],
  lowQualityPlusBadAnatomy: ["heavy", "light", "none"],
  lowQuality: ["light", "heavy", "none"],
  badAnatomy: ["light", "heavy", "none"],
};

export function carry(request: GenerateRequest, id: string): Carried {
  const find = (wanted: string) => catalogue.models.find((model) => model.id === wanted);
  const next = find(id);
  if (!next) return { request, notes: [] };
  const old = find(request.model) ?? next;
  const carried = structuredClone({ ...request, model: next.id });
  const notes: CarryNote[] = [];
  const note = (field: CarryNote["field"], from: string, to: string | null) => notes.push({ field, from, to });
  choices(carried, old, next, note);
  switches(carried, next, note);
  return { request: carried, notes };
}

type Note = (field: CarryNote["field"], from: string, to: string | null) => void;

function choices({ prompt, sampling }: GenerateRequest, old: Model, next: Model, note: Note): void {
  if (sampling.guidance === old.defaults.guidance) sampling.guidance = next.defaults.guidance;
  if (!next.samplers.some(({ id }) => id === sampling.sampler)) {
    note("sampler", sampling.sampler, next.defaults.sampler);
    sampling.sampler = next.defaults.sampler;
  }
  if (!next.noiseSchedules.includes(sampling.noiseSchedule)) {
    note("noiseSchedule", sampling.noiseSchedule, next.defaults.noiseSchedule);
    sampling.noiseSchedule = next.defaults.noiseSchedule;
  }
  if (!next.qualityPresets.includes(prompt.quality)) {
    note("quality", prompt.quality, next.defaults.quality);
    prompt.quality = next.defaults.quality;
  }
  if (!next.undesiredPresets.includes(prompt.undesiredPreset)) {
    const to = NEXT_BEST[prompt.undesiredPreset].find((preset) => next.undesiredPresets.includes(preset));
    note("undesiredPreset", prompt.undesiredPreset, to ?? next.defaults.undesiredPreset);
    prompt.undesiredPreset = to ?? next.defaults.undesiredPreset;
  }
}

function switches(request: GenerateRequest, next: Model, note: Note): void {
  const { prompt, sampling, references } = request;
  if (sampling.variety && !next.variety) {
    note("variety", "true", null);
    sampling.variety = false;
  }
  if (sampling.smea && sampling.smea !== "off" && !next.smea) {
    note("smea", sampling.smea, null);
    sampling.smea = "off";
  }
  if (sampling.decrisper && !next.decrisper) {
    note("decrisper", "true", null);
    sampling.decrisper = false;
  }
  if (request.transparent && !next.transparency) {
    note("transparency", "true", null);
    request.transparent = false;
  }
  if (request.legacyUndesired && !next.legacyUndesired) {
    note("legacyUndesired", "true", null);
    request.legacyUndesired = false;
  }
  if (prompt.furry && !next.captions) {
    note("furry", "true", null);
    prompt.furry = false;
  }
  if (prompt.autoText && !next.captions) {
    note("autoText", "true", null);
    prompt.autoText = false;
  }
  if (references?.vibes?.length && !next.vibes) {
    note("vibes", String(references.vibes.length), null);
    references.vibes = [];
  }
}
