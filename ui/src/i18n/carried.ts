// What could not stay as it was, or would change, in words. The shell tells a field and its values by their ids; here
// they get names.

import type { CarryNote, Catalogue, QualityPreset, UndesiredPreset } from "../ipc";
import { en } from "./en";
import { t } from "./index.svelte";

export function carriedText({ field, from, to }: CarryNote, catalogue: Catalogue): string {
  const name = fieldName(field);
  const was = valueText(field, from, catalogue);
  if (to === null && (from === "on" || from === "true")) return t("carried.off", { field: name });
  if (to === null) return t("carried.dropped", { field: name, from: was });
  return t("carried.changed", { field: name, from: was, to: valueText(field, to, catalogue) });
}

/** A field as it is called on the screen. */
export function fieldName(field: string): string {
  return isKey(field, en.carried.fields) ? t(`carried.fields.${field}`) : field;
}

/** A value of a field as it is called on the screen; what has no name of its own stays as it is. */
export function valueText(field: string, value: string, catalogue: Catalogue): string {
  switch (field) {
    case "sampler":
      return catalogue.models.flatMap(({ samplers }) => samplers).find(({ id }) => id === value)?.name ?? value;
    case "noiseSchedule":
      return scheduleName(value);
    case "quality":
      return isKey(value, en.create.qualityPresets) ? qualityName(value) : value;
    case "undesiredPreset":
      return isKey(value, en.create.undesiredPresets) ? undesiredName(value) : value;
    case "model":
      return catalogue.models.find(({ id }) => id === value)?.shortName ?? value;
    case "smea":
      return isKey(value, en.create.smeas) ? t(`create.smeas.${value}`) : value;
    case "format":
      return isKey(value, en.create.formats) ? t(`create.formats.${value}`) : value;
    default:
      return isKey(value, en.carried.values) ? t(`carried.values.${value}`) : value;
  }
}

export function scheduleName(id: string): string {
  return isKey(id, en.create.schedules) ? t(`create.schedules.${id}`) : id;
}

export const qualityName = (preset: QualityPreset) => t(`create.qualityPresets.${preset}`);
export const undesiredName = (preset: UndesiredPreset) => t(`create.undesiredPresets.${preset}`);

function isKey<T extends object>(key: PropertyKey, texts: T): key is keyof T {
  return Object.hasOwn(texts, key);
}
