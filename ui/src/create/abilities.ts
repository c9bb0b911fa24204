// What only some models can do. What is missing is said beside its control, with the switch that helps; all of it comes
// from the catalogue, so that a new row there needs nothing here.

import type { Catalogue, Model } from "../ipc";
import type { Draft } from "./draft.svelte";

export type Ability =
  | "variety"
  | "smea"
  | "decrisper"
  | "legacyUndesired"
  | "transparency"
  | "furry"
  | "autoText"
  | "schedule"
  | "streaming";

const HAS: Record<Ability, (model: Model) => boolean> = {
  variety: (model) => model.variety,
  smea: (model) => model.smea,
  decrisper: (model) => model.decrisper,
  legacyUndesired: (model) => model.legacyUndesired,
  transparency: (model) => model.transparency,
  furry: (model) => model.captions,
  autoText: (model) => model.captions,
  schedule: (model) => model.noiseSchedules.length > 1,
  streaming: (model) => model.streaming,
};

export function can(model: Model, ability: Ability): boolean {
  return HAS[ability](model);
}

export interface Elsewhere {
  /** Families of models that have it, in the order in which they are offered. */
  families: string[];
  /** The model to switch to. None has it: null. */
  instead: Model | null;
}

/** Where there is what `has` asks for: of the first family that has it the model that is most like this one. */
export function elsewhere(has: (model: Model) => boolean, model: Model, catalogue: Catalogue): Elsewhere {
  const models = catalogue.models.filter(has);
  const nearest = models.filter(({ family }) => family === models[0]?.family);
  return {
    families: [...new Set(models.map(({ family }) => family))],
    instead: nearest.find(({ note }) => note === model.note) ?? nearest[0] ?? null,
  };
}

export interface Missing extends Elsewhere {
  abilities: Ability[];
}

/** The model to switch to for something that this one lacks; null: it has it, or none does. */
export function helper(
  { catalogue, model }: Pick<Draft, "catalogue" | "model">,
  has: (model: Model) => boolean,
): Model | null {
  return has(model) ? null : elsewhere(has, model, catalogue).instead;
}

/** What of these a model lacks; those that the same switch helps stand together. */
export function missing(abilities: readonly Ability[], model: Model, catalogue: Catalogue): Missing[] {
  const found: Missing[] = [];
  for (const ability of abilities) {
    if (can(model, ability)) continue;
    const there = elsewhere(HAS[ability], model, catalogue);
    const same = found.find(({ families }) => families.join() === there.families.join());
    if (same) same.abilities.push(ability);
    else found.push({ ...there, abilities: [ability] });
  }
  return found;
}
