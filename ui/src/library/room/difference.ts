// What is different between two pictures, in words.

import { list, t } from "../../i18n/index.svelte";
import type { Difference } from "../../ipc";

/** Words that are named before the rest is counted. */
const FEW = 3;

function words(all: readonly string[]): string {
  const rest = all.length - FEW;
  const named = all.slice(0, FEW).map((word) => `“${word}”`);
  return list(rest > 0 ? [...named, t("library.difference.more", { count: rest })] : named);
}

export function differenceText(difference: Difference, modelName: (id: string) => string): string[] {
  switch (difference.kind) {
    case "model":
      return [t("library.difference.model", { from: modelName(difference.from), to: modelName(difference.to) })];
    case "sampler":
      return [t("library.difference.sampler", { from: difference.from, to: difference.to })];
    case "size":
      return [t("library.difference.size", { from: difference.from, to: difference.to })];
    case "seed":
      return [t("library.difference.seed")];
    case "words":
    case "undesired": {
      const uc = difference.kind === "undesired";
      const { added, gone } = difference;
      return [
        ...(added.length > 0
          ? [t(uc ? "library.difference.undesiredAdded" : "library.difference.added", { words: words(added) })]
          : []),
        ...(gone.length > 0
          ? [t(uc ? "library.difference.undesiredGone" : "library.difference.gone", { words: words(gone) })]
          : []),
      ];
    }
  }
}
