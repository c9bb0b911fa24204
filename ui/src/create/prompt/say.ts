// What Rust found in a prompt, in words.

import { number, t } from "../../i18n/index.svelte";
import type { Fix, PromptProblem, TokenCount } from "../../ipc";

export function sayProblem({ rule, subject, other }: PromptProblem): string {
  return t(`prompt.rules.${rule}`, { subject, other: other ?? "" });
}

export function sayFix({ kind, edits }: Fix): string {
  const [edit] = edits;
  const insert = edits.length === 1 && edit ? edit.insert.trim() : "";
  if (kind === "replace" && insert !== "") return t("prompt.fixes.replaceBy", { insert });
  if (kind === "convert" && insert !== "") return t("prompt.fixes.convertTo", { insert });
  return t(`prompt.fixes.${kind}`);
}

export function sayTokens({ here, total, limit, exact }: TokenCount): string {
  const about = exact ? "" : "≈ ";
  return `${about}${number(here === total ? here : total)} / ${number(limit)}`;
}

/** The same for those who don't see the bar, or point at it. */
export function explainTokens({ here, total, limit, exact }: TokenCount): string {
  const said =
    here === total
      ? t("prompt.tokens.alone", { here: number(here), limit: number(limit) })
      : t("prompt.tokens.together", { here: number(here), total: number(total), limit: number(limit) });
  return exact ? said : `${said} ${t("prompt.tokens.estimated")}`;
}
