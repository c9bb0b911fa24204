// What strength and noise mean, in words.

import { t } from "../../i18n/index.svelte";

export function strengthMeans(strength: number): string {
  if (strength < 0.25) return t("references.means.touch");
  if (strength < 0.5) return t("references.means.details");
  if (strength < 0.75) return t("references.means.shapes");
  if (strength < 0.9) return t("references.means.colours");
  return t("references.means.anew");
}

export function noiseMeans(noise: number): string {
  if (noise === 0) return t("references.means.noNoise");
  return noise < 0.25 ? t("references.means.someNoise") : t("references.means.muchNoise");
}
