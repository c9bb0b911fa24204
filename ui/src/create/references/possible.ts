// What a picture can be used for in this draft, and if not, why, and which model helps.

import { t } from "../../i18n/index.svelte";
import type { Model } from "../../ipc";
import { helper } from "../abilities";
import type { Draft } from "../draft.svelte";

export const DESTINATIONS = ["base", "vibe", "precise"] as const;
export type Destination = (typeof DESTINATIONS)[number];

export interface Possible {
  /** Why not; null: it can. */
  reason: string | null;
  help: Model | null;
}

const YES: Possible = { reason: null, help: null };

export function possible(draft: Draft, destination: Destination): Possible {
  const { model, catalogue, request } = draft;
  const { maxVibes, maxPrecise } = catalogue.limits;
  switch (destination) {
    case "base":
      return YES;
    case "vibe": {
      if (!model.vibes) {
        const reason = t("references.missing.vibe", { model: model.shortName });
        return { reason, help: helper(draft, ({ vibes }) => vibes) };
      }
      const full = (request.references?.vibes?.length ?? 0) >= maxVibes;
      return full ? { reason: t("references.full.vibe", { count: maxVibes }), help: null } : YES;
    }
    case "precise": {
      if (!model.references) {
        const reason = t("references.missing.precise", { model: model.shortName });
        return { reason, help: helper(draft, ({ references }) => references) };
      }
      const full = (request.references?.precise?.length ?? 0) >= maxPrecise;
      return full ? { reason: t("references.full.precise", { count: maxPrecise }), help: null } : YES;
    }
  }
}
