import type { ErrorCode } from "../ipc";
import { en } from "./en";
import { t } from "./index.svelte";

/** Where an error came up: the same code asks for something else while signing in, or before anything was sent. */
export type Place = "answer" | "signIn" | "beforeSending";

/** What to do about an error. */
export function errorHelp(code: ErrorCode, place: Place): string {
  switch (place) {
    case "answer":
      return t(`errors.${code}.help`);
    case "signIn":
      return isKey(code, en.elsewhere.signIn) ? t(`elsewhere.signIn.${code}`) : errorHelp(code, "beforeSending");
    case "beforeSending":
      return isKey(code, en.elsewhere.beforeSending) ? t(`elsewhere.beforeSending.${code}`) : t(`errors.${code}.help`);
  }
}

function isKey<T extends object>(key: PropertyKey, texts: T): key is keyof T {
  return Object.hasOwn(texts, key);
}
