import type { ErrorCode } from "../ipc";
import { en } from "./en";
import { t } from "./index.svelte";

/** Where an error came up: the same code asks for something else while signing in, before anything was sent, or with a file that is there. */
export type Place = "answer" | "signIn" | "beforeSending" | "file";

/** What to do about an error. */
export function errorHelp(code: ErrorCode, place: Place): string {
  switch (place) {
    case "answer":
      return t(`errors.${code}.help`);
    case "signIn":
      return isKey(code, en.elsewhere.signIn) ? t(`elsewhere.signIn.${code}`) : errorHelp(code, "beforeSending");
    case "file":
      return isKey(code, en.elsewhere.file) ? t(`elsewhere.file.${code}`) : t(`errors.${code}.title`);
    case "beforeSending":
      return isKey(code, en.elsewhere.beforeSending) ? t(`elsewhere.beforeSending.${code}`) : t(`errors.${code}.help`);
  }
}

function isKey<T extends object>(key: PropertyKey, texts: T): key is keyof T {
  return Object.hasOwn(texts, key);
}
