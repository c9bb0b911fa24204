// How a price is said on the button, and what stands under it.

import type { Account, Estimate } from "../ipc";
import { number, t } from "../i18n/index.svelte";

/** On the button. */
export function priceLabel({ anlas, free }: Estimate): string {
  if (anlas === 0 && free === "opus") return t("create.price.freeOpus");
  if (anlas === 0 && free === "allowance") return t("create.price.freeAllowance");
  return t("create.price.anlas", { count: anlas, value: number(anlas) });
}

/** What it would cost without benefits, or what it leaves. */
export function priceNote({ anlas, full, free }: Estimate, account: Account | null): string {
  const value = number(full);
  if (anlas === 0) return t("create.price.otherwise", { value });
  if (free === "opus") return t("create.price.oneFreeOpus", { value });
  if (free === "allowance") return t("create.price.oneFreeAllowance", { value });
  if (!account) return "";
  if (account.anlas < anlas) return t("create.price.short", { value: number(account.anlas) });
  return t("create.price.leaves", { value: number(account.anlas - anlas) });
}
