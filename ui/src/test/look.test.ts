// One place for colours, radii and shadows, and one for words.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

const SOURCE = join(import.meta.dirname, "..");
const components = readdirSync(SOURCE, { recursive: true, encoding: "utf8" }).filter((file) =>
  file.endsWith(".svelte"),
);

const styleOf = (file: string) => /<style>([\s\S]*)<\/style>/.exec(readFileSync(join(SOURCE, file), "utf8"))?.[1] ?? "";

const COLOUR =
  /#[0-9a-f]{3,8}\b|\b(?:rgb|hsl|oklch|oklab|lab|lch|hwb|color)a?\(|\b(?:black|white|gr[ae]y|red|green|blue)\b(?!-)/gi;
/** Lengths of corners, and shadows with colours of their own; hairlines made of a token's colour are no shadows. */
const RADIUS = /border(?:-[a-z-]+)?-radius:(?!\s*(?:var\(|inherit|0;))[^;]+/g;
const SHADOW = /box-shadow:(?![^;]*(?:var\(--|none))[^;]+/g;

describe("the look", () => {
  it("has components to look at", () => expect(components.length).toBeGreaterThan(20));

  it.each(components)("of %s is made of tokens", (file) => {
    const style = styleOf(file).replaceAll(/color-mix\([^;]*/g, "");
    expect(style.match(COLOUR)).toBeNull();
    expect(style.match(RADIUS)).toBeNull();
    expect(style.match(SHADOW)).toBeNull();
  });

  it.each(components)("of %s uses only tokens that exist", (file) => {
    const known = readFileSync(join(SOURCE, "app.css"), "utf8");
    const whole = readFileSync(join(SOURCE, file), "utf8");
    const LOCAL =
      /^--(?:label-column|filled|w|h|recipe|split|history|corner|across|tone|tabs|tabs-height|left|columns|rows|depth|least)$/;
    for (const [, token = ""] of styleOf(file).matchAll(/var\((--[a-z0-9-]+)/g)) {
      if (!LOCAL.test(token)) expect(known, `${token} in ${file}`).toContain(`${token}:`);
      else
        expect(
          ["--label-column", "--tabs", "--tabs-height"].includes(token) ||
            whole.includes(`${token}:`) ||
            whole.includes(`style:${token}`),
        ).toBe(true);
    }
  });
});
