import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { afterEach, describe, expect, it } from "vitest";

import type { ErrorCode } from "../ipc";
import { en } from "./en";
import { day, duration, number, percent, setLanguage, t } from "./index.svelte";
import { pseudo, pseudoTexts, type Texts } from "./pseudo";

/** Every code; a new one that is missing here does not compile. */
const CODES = Object.keys({
  unauthorized: 0,
  insufficientAnlas: 0,
  busy: 0,
  rejected: 0,
  unavailable: 0,
  refused: 0,
  offline: 0,
  interrupted: 0,
  malformed: 0,
  diskFull: 0,
  readOnly: 0,
  storage: 0,
  keychainMissing: 0,
  keychainLocked: 0,
  notFound: 0,
  notOffered: 0,
  internal: 0,
} satisfies Record<ErrorCode, 0>) as ErrorCode[];

const SOURCE = join(import.meta.dirname, "..");

function keysOf(texts: Texts, path = ""): string[] {
  return Object.entries(texts).flatMap(([key, value]) =>
    typeof value === "string" ? [path + key] : keysOf(value, `${path}${key}.`),
  );
}

describe("texts", () => {
  afterEach(() => setLanguage("en"));

  it.each(CODES)("say what %s is, and what to do about it", (code) => {
    expect(t(`errors.${code}.title`)).toMatch(/^\p{Lu}.{5,}[^.]$/u);
    expect(t(`errors.${code}.help`)).toMatch(/^\p{Lu}.{20,}\.$/u);
  });

  it("are all used", () => {
    const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" }).filter(
      (file) => /\.(?:svelte|ts)$/.test(file) && !/\.test\.ts$|i18n\/en\.ts$/.test(file),
    );
    const source = files.map((file) => readFileSync(join(SOURCE, file), "utf8")).join("\n");
    const isUsed = (key: string) =>
      source.includes(`"${key}"`) || source.includes(`\`${key.split(".").slice(0, -1).join(".")}.\${`);
    const unused = keysOf(en).filter(
      (key) => !key.startsWith("errors.") && !isUsed(key.replace(/_(?:one|other)$/, "")),
    );
    expect(unused).toEqual([]);
  });

  it("count", () => {
    expect(t("queue.waiting", { count: 1 })).toBe("1 waiting");
    expect(t("queue.waiting", { count: 3 })).toBe("3 waiting");
    expect(t("queue.many", { count: 1, title: "No connection" })).toBe("No connection");
    expect(t("queue.many", { count: 4, title: "No connection" })).toBe("No connection: 4 pictures");
  });

  it("show what is put into them as it is", () => {
    expect(t("account.custom", { host: "<b>&amp;" })).toContain("<b>&amp;");
  });

  it("have values in the language's own form", () => {
    expect(number(9646)).toBe("9,646");
    expect(percent(92)).toBe("92%");
    expect(duration(7888)).toBe("2 hours");
    expect(duration(40)).toBe("1 minute");
    expect(day(new Date(2026, 10, 20, 12).getTime())).toBe("Fri, Nov 20");
  });

  it("are all there in the pseudo-language, longer and with their values", async () => {
    await setLanguage("pseudo");
    expect(t("create.generate")).toBe("[Ĝéñéŕáţé~~~]");
    expect(t("viewer.step", { step: 3, steps: 23 })).toMatch(/^\[Šţéþ 3 óƒ 23~+\]$/);
    expect(t("queue.waiting", { count: 3 })).toMatch(/^\[3 /);
  });

  it("keep the names of their values in the pseudo-language", () => {
    expect(pseudo("leaves {{value}} Anlas")).toContain("{{value}}");
    expect(Object.keys(pseudoTexts(en))).toEqual(Object.keys(en));
  });
});
