// What can be chosen, for every model: what this one does not offer is in the list too, off, and says where it is.

import type { Catalogue, Model } from "../ipc";
import { scheduleName } from "../i18n/carried";
import { list, t } from "../i18n/index.svelte";
import { elsewhere } from "./abilities";

export interface Option<T extends string> {
  value: T;
  text: string;
  note: string | null;
  disabled: boolean;
}

/** What any model of the catalogue offers by `of`, in the order of this one and then of the others. */
export function optionsOf<T extends string>(
  of: (model: Model) => readonly T[],
  name: (value: T) => string,
  model: Model,
  catalogue: Catalogue,
): Option<T>[] {
  return [...new Set([model, ...catalogue.models].flatMap(of))].map((value) => {
    const disabled = !of(model).includes(value);
    const { families } = elsewhere((other) => of(other).includes(value), model, catalogue);
    return { value, text: name(value), disabled, note: disabled ? t("create.on", { models: list(families) }) : null };
  });
}

export function samplers(model: Model, catalogue: Catalogue): Option<string>[] {
  const names = new Map(catalogue.models.flatMap((each) => each.samplers).map(({ id, name }) => [id, name]));
  return optionsOf(
    (each) => each.samplers.map(({ id }) => id),
    (id) => names.get(id) ?? id,
    model,
    catalogue,
  );
}

export function schedules(model: Model, catalogue: Catalogue): Option<string>[] {
  return optionsOf((each) => each.noiseSchedules, scheduleName, model, catalogue);
}
