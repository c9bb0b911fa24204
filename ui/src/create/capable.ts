// Which model helps where this one can't: the first in the list that can.

import type { Model } from "../ipc";
import type { Draft } from "./draft.svelte";

export function helper({ catalogue, model }: Draft, can: (model: Model) => boolean): Model | null {
  return can(model) ? null : (catalogue.models.find(can) ?? null);
}
