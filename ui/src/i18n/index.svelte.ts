// The language of the page. `t()` and the number formats read a rune, so that everything drawn with them follows when
// the language changes.

import i18next, { type TFunction } from "i18next";

import { en } from "./en";

/** English is the only language now; `pseudo` is for tests. */
export type Language = "en" | "pseudo";

let language = $state<Language>("en");

const texts = i18next.createInstance();
void texts.init({
  lng: "en",
  fallbackLng: "en",
  resources: { en: { translation: en } },
  initAsync: false,
  // Svelte escapes; escaping twice would show entities.
  interpolation: { escapeValue: false },
});

const translate = $derived(texts.getFixedT(language)) as unknown as (...call: unknown[]) => unknown;

export const t = ((...call: unknown[]) => translate(...call)) as unknown as TFunction;

export async function setLanguage(next: Language): Promise<void> {
  if (next === "pseudo" && !texts.hasResourceBundle("pseudo", "translation")) {
    const { pseudoTexts } = await import("./pseudo");
    texts.addResourceBundle("pseudo", "translation", pseudoTexts(en));
  }
  await texts.changeLanguage(next);
  language = next;
  document.documentElement.lang = locale();
}

/** For `Intl`, which does not know our pseudo-language. */
function locale(): string {
  return language === "pseudo" ? "en" : language;
}

// Making one takes longer than using it a hundred times.
const numberFormats: Partial<Record<string, Intl.NumberFormat>> = {};

/** A number with the language's separators. */
export function number(value: number, options?: Intl.NumberFormatOptions): string {
  const kind = `${locale()} ${JSON.stringify(options)}`;
  return (numberFormats[kind] ??= new Intl.NumberFormat(locale(), options)).format(value);
}

/** 0 to 100 as a percentage. */
export function percent(value: number): string {
  return number(value / 100, { style: "percent" });
}

/** Several things in a sentence: "a, b and c". */
export function list(things: readonly string[]): string {
  return new Intl.ListFormat(locale(), { type: "conjunction" }).format(things);
}

/** A day without its time. */
export function day(milliseconds: number): string {
  return new Intl.DateTimeFormat(locale(), { weekday: "short", day: "numeric", month: "short" }).format(milliseconds);
}

/** A length of time, in its largest unit. */
export function duration(seconds: number): string {
  const [value, unit] =
    seconds >= 5400 ? ([seconds / 3600, "hour"] as const) : ([Math.max(1, seconds / 60), "minute"] as const);
  return number(Math.round(value), { style: "unit", unit, unitDisplay: "long" });
}
