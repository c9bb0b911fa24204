import type { QualityPreset, UndesiredPreset } from "../ipc";

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

/** The Undesired Content preset in another model. */
export function carryUndesired(
  preset: UndesiredPreset,
  offered: readonly UndesiredPreset[],
  otherwise: UndesiredPreset,
): UndesiredPreset {
  return [preset, ...NEXT_BEST[preset]].find((candidate) => offered.includes(candidate)) ?? otherwise;
}

export const PRESET_NAMES = {
  quality: (preset: QualityPreset) => `create.qualityPresets.${preset}` as const,
  undesired: (preset: UndesiredPreset) => `create.undesiredPresets.${preset}` as const,
};
