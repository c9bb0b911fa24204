// For everyone: contrast and target sizes as they are drawn, and texts that are long, in both themes and small windows.

import axe from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import type { GenerateRequest } from "../src/ipc";
import { type Lane, lane } from "./harness";

let chromium: Lane;
beforeAll(async () => {
  chromium = await lane();
});
afterEach(async ({ task }) => {
  expect(await chromium.finish(task.name, task.result?.state === "fail")).toEqual([]);
});
afterAll(() => chromium.close());

const ready = (page: Page) => page.locator("button.go .price, button.go[aria-disabled=true]").first().waitFor();

/** A prompt in which everything occurs. */
const FULL =
  "1girl, {{silver hair}}, 1.3::red scarf ::, [freckles], 2::glowing eyes ::, 1.6::rim light ::, 0.8::hat ::, 0.6::crowd ::, " +
  "0.3::dust ::, -1::cap ::, ~umbrella~, __weather__, __nothing__, ||dusk|dawn||, rain, rain, (fog:1.2), {night\n# a note\nText: OPEN LATE";

const draft = (parts: Partial<GenerateRequest>) => `draft=${encodeURIComponent(JSON.stringify(parts))}`;

const V45 = "nai-diffusion-4-5-full";

const CAST: GenerateRequest["characters"] = [
  { name: "Mira", prompt: "girl, red scarf", undesired: "", position: { x: 0.3, y: 0.5 }, enabled: true },
  {
    name: "Donaudampfschifffahrtskapitän",
    prompt: "boy",
    undesired: "hat",
    position: { x: 0.7, y: 0.5 },
    enabled: true,
  },
  { name: "黒猫", prompt: "other, 黒猫、夕暮れ", undesired: "", position: null, enabled: false },
];

/** Under the name that the file has. */
const input = (name: string) => `input-${name}`;

/** The Tools room with the newest picture, and choices made in it, by their values. */
async function tools(page: Page, ...choices: string[]): Promise<void> {
  await page.keyboard.press("u");
  await page.getByTestId("source").waitFor();
  for (const value of choices) await page.locator(`input[type=radio][value="${value}"]`).last().check({ force: true });
  // The price is there, or nothing is paid for.
  if (!choices.includes("legacy") && !choices.includes("chain"))
    await page.locator(".panel button.go .price").waitFor();
}

/** The Library, with an album and labels whose names are long. */
async function library(page: Page): Promise<void> {
  // In a small window the tabs scroll.
  await page.locator("[data-tab=library]").evaluate((tab: HTMLElement) => tab.click());
  await page.locator("[data-index='0']").first().waitFor();
  await page.evaluate(async () => {
    const mock = window.atelierMock?.library;
    const found = await mock?.search("", "day", false);
    const ids = (await mock?.pictures(found?.id ?? 0, 0, 9))?.map(({ id }) => id) ?? [];
    const long = "Donaudampfschifffahrtsgesellschaftskapitänsmütze, 夕暮れの谷と霧のかかった丘";
    await mock?.change({ kind: "ids", ids }, { kind: "addTo", album: long });
    await mock?.change({ kind: "ids", ids: ids.slice(0, 5) }, { kind: "label", label: long });
  });
  await page.locator("nav", { hasText: "Donau" }).waitFor({ state: "attached" });
  await page.locator("[role=listbox][aria-multiselectable]").first().focus();
}

/** What is done in the page before it is looked at. */
const STATES: Record<string, { mock: string; act?: (page: Page) => Promise<void> }> = {
  "a first start": { mock: "" },
  "a history": { mock: "images=5&server=novelai" },
  "a stream": {
    mock: "step=60",
    act: async (page) => {
      await page.locator("button.go").click();
      await page.getByTestId("preview").waitFor();
    },
  },
  "a job in trouble": { mock: "failed=interrupted&unsettled&recovered=2&server=custom" },
  "a refused size": {
    mock: "server=novelai&poor",
    act: async (page) => {
      await page.locator("input[type=number]").first().fill("3072");
      await page.keyboard.press("Enter");
      await page.locator(".problem").waitFor();
    },
  },
  "the sign-in": {
    mock: "keychain=locked&step=1",
    act: async (page) => {
      await page.getByTestId("banner").getByRole("button").click();
      await page.locator("input[type=password]").fill("pst-x");
      await page.keyboard.press("Enter");
      await page.locator("dialog [role=alert]").waitFor();
    },
  },
  "the settings": { mock: "images=1", act: (page) => page.locator(".workspace > header > button").last().click() },
  "the folders of the library": {
    mock: "images=1&folders",
    act: async (page) => {
      await page.locator(".workspace > header > button").last().click();
      await page.locator("dialog li.unreachable").waitFor();
      await page.locator("dialog .names input").fill("{date}/{colour}-{seed}");
      await page.locator("dialog .problems").waitFor();
    },
  },
  "broken files": {
    mock: "images=3&broken&folders",
    act: async (page) => {
      await page.locator("[data-tab=library]").evaluate((tab: HTMLElement) => tab.click());
      await page
        .locator("nav .foot button.row")
        .last()
        .evaluate((row: HTMLElement) => row.click());
      await page.locator("dialog[open] li bdi").first().waitFor();
    },
  },
  "the list of models": { mock: "", act: (page) => page.getByRole("combobox").first().click() },
  "the presets": {
    mock: "images=3&presets=14&broken",
    act: async (page) => {
      await page.locator(".corner button").first().click();
      await page.locator("dialog button.row").first().click();
      await page.locator("dialog .changes").waitFor();
    },
  },
  "the form of a preset": {
    mock: "images=3&presets=14",
    act: async (page) => {
      await page.locator(".corner button").first().click();
      await page.locator("dialog .tools button").first().click();
      await page.locator("dialog .faces").waitFor();
    },
  },
  "a price that is asked about": {
    mock: "askAbove=1&sizes",
    act: async (page) => {
      await page.getByRole("spinbutton").nth(3).fill("40");
      await page.keyboard.press("Enter");
      await page.locator(".beyond").waitFor();
      await page.locator("button.go").click();
      await page.locator("button.go.asking").waitFor();
    },
  },
  "the oldest model, unfolded": {
    mock: "",
    act: async (page) => {
      await page.getByRole("combobox").first().click();
      await page.getByRole("option").nth(6).click();
      await page.locator("summary").first().click();
    },
  },
  "a prompt full of everything": {
    mock: `prompt=${encodeURIComponent(FULL)}`,
    act: async (page) => {
      await page.locator(".count").first().click();
      await page.locator(".drawn .line").first().click();
      await page.locator(".drawn .text").waitFor();
    },
  },
  "a prompt that is too long": {
    mock: `prompt=${encodeURIComponent("rain, ".repeat(1500))}`,
    act: (page) => page.locator(".s-cut").first().waitFor(),
  },
  "offers for a prompt": {
    mock: "",
    act: async (page) => {
      await page.locator(".cm-content").first().click();
      await page.keyboard.type("blu");
      await page.locator(".prompt-offers li").nth(6).waitFor();
    },
  },
  "a search in a prompt": {
    mock: "prompt=red+hair,+red+scarf",
    act: async (page) => {
      await page.locator(".cm-content").first().click();
      await page.keyboard.press("Control+f");
      await page.keyboard.type("red");
      await page.locator(".cm-searchMatch").first().waitFor();
    },
  },
  "prompts behind tabs": {
    mock: "prompt=rain",
    act: async (page) => {
      await page.locator(".prompts .tools > button").last().click();
      await page.locator(".prompts [role=tablist]").waitFor();
    },
  },
  "snippets and wildcards": {
    mock: "prompt=rain",
    act: async (page) => {
      await page.locator(".prompts .tools > button").first().click();
      await page.locator("dialog li").first().waitFor();
    },
  },
  "a cast, one of it open": {
    mock: draft({ characters: CAST }),
    act: async (page) => {
      await page.locator(".who button").first().click();
      await page.locator("li.open .cm-content").first().waitFor();
    },
  },
  "a cast on the picture": {
    mock: `images=2&${draft({ model: V45, characters: CAST })}`,
    act: async (page) => {
      await page.locator("[data-tab=characters]").click();
      await page.getByTestId("marker").first().waitFor();
    },
  },
  "a cast that the model does not know": { mock: draft({ model: "nai-diffusion-3", characters: CAST }) },
  vibes: {
    mock: `inputs=mood.png,wide-1536x1024.png&${draft({
      model: V45,
      references: {
        vibes: [
          { image: input("mood.png"), strength: 0.5, extraction: 0.7 },
          { image: input("wide-1536x1024.png"), strength: -0.3, extraction: 0.7 },
        ],
      },
    })}`,
  },
  "a precise reference": {
    mock: `inputs=mood.png&${draft({
      model: V45,
      references: { precise: [{ image: input("mood.png"), kind: "character", strength: 0.8, fidelity: 0.6 }] },
    })}`,
  },
  "a base image of another shape": {
    mock: `inputs=wide-1536x1024.png&${draft({
      source: { kind: "image", image: input("wide-1536x1024.png"), strength: 0.7 },
    })}`,
  },
  "tools: larger": { mock: "images=2", act: (page) => tools(page) },
  "tools: the ways side by side": {
    mock: "images=1",
    act: async (page) => {
      await tools(page, "waifu2x");
      await page.locator(".centre .head button").first().click();
      await page.locator(".part .compare").waitFor();
    },
  },
  "tools: another face": { mock: "images=1", act: (page) => tools(page, "director", "emotion") },
  "tools: a background removed": {
    mock: "images=1&step=1",
    act: async (page) => {
      await tools(page, "director");
      await page.locator(".panel button.go", { hasText: "65" }).waitFor();
      await page.keyboard.press("Control+Enter");
      await page.getByTestId("result").nth(2).waitFor();
    },
  },
  "tools: before and after": {
    mock: "images=1&step=1",
    act: async (page) => {
      await tools(page, "director", "lineArt");
      await page.keyboard.press("Control+Enter");
      await page.locator(".frame .compare").waitFor();
    },
  },
  "tools: a chain": {
    mock: "images=1",
    act: async (page) => {
      await tools(page, "chain");
      await page.locator(".example").first().click();
      await page.locator("button.face").last().click();
      await page.locator("form input").fill("Tinte");
      await page.locator("form button").click();
      await page.locator(".load").waitFor();
    },
  },
  "tools: what a picture shows": {
    mock: "images=1&step=1",
    act: async (page) => {
      await tools(page, "legacy", "classify");
      await page.keyboard.press("Control+Enter");
      await page.locator(".answer table").waitFor();
    },
  },
  "tools: a price that is asked about, of pictures one of which is left out": {
    mock: "inputs=a.png,wide-2560x1440.png&picks=a.png,wide-2560x1440.png&askAbove=0",
    act: async (page) => {
      await page.locator("[data-tab=tools]").click();
      await page.locator(".buttons button").first().click();
      await page.locator(".fields table").last().waitFor();
      await page.keyboard.press("Control+Enter");
      await page.locator("button.go.asking").waitFor();
    },
  },
  "the library": {
    mock: "images=24",
    act: async (page) => {
      await library(page);
      await page.locator("[data-index='1']").first().click();
      await page.locator("aside textarea").waitFor({ state: "attached" });
    },
  },
  "an empty library": {
    mock: "",
    act: async (page) => {
      await page.locator("[data-tab=library]").evaluate((tab: HTMLElement) => tab.click());
      await page.locator(".room .empty h2").waitFor();
    },
  },
  "stacks and labels of a selection": {
    mock: "images=24",
    act: async (page) => {
      await library(page);
      await page.locator("button.toggle").click();
      await page.locator("[data-stack]").first().waitFor();
      await page.locator("[data-index='0']").first().click();
      await page.locator(".verbs button[aria-haspopup=dialog]").last().click();
      await page.locator("form.sorter [role=checkbox]").first().waitFor();
    },
  },
  "the menu of a picture": {
    mock: "images=12",
    act: async (page) => {
      await library(page);
      await page.locator("[data-index='2']").first().click({ button: "right" });
      await page.locator("[role=menu]:popover-open").waitFor();
    },
  },
  "an export": {
    mock: "images=12",
    act: async (page) => {
      await library(page);
      await page.keyboard.press("Control+a");
      await page.locator(".verbs > button").nth(-2).click();
      await page.locator("dialog[open] progress, dialog[open] .form").first().waitFor();
    },
  },
  "two pictures over one another": {
    mock: "images=12",
    act: async (page) => {
      await library(page);
      await page.locator("[data-index='0']").first().click();
      await page
        .locator("[data-index='2']")
        .first()
        .click({ modifiers: ["Shift"] });
      await page
        .locator("[data-index='1']")
        .first()
        .click({ modifiers: ["Control"] });
      await page.keyboard.press("c");
      await page.locator("dialog[open] figure").first().waitFor();
      await page.keyboard.press("b");
      await page.locator("dialog[open] .compare").waitFor();
    },
  },
  "everything unfolded": { mock: "", act: (page) => page.locator("summary").first().click() },
};

async function look(state: string, asked: Parameters<Lane["open"]>[0]): Promise<Page> {
  const found = STATES[state];
  if (!found) throw new Error(`no state ${state}`);
  const page = await chromium.open({ ...asked, mock: `${found.mock}&${asked?.mock ?? ""}`, reducedMotion: true });
  await ready(page);
  await found.act?.(page);
  return page;
}

describe.each(["dark", "light"] as const)("axe finds nothing in the %s theme in", (scheme) => {
  it.each(Object.keys(STATES))("%s", async (state) => {
    const page = await look(state, { scheme });
    await page.evaluate(axe.source);
    const found = await page.evaluate(async () => {
      const { violations } = await window.axe.run(document, { rules: { "target-size": { enabled: true } } });
      return violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ""}`),
      );
    });
    expect(found).toEqual([]);
  });
});

declare global {
  interface Window {
    axe: typeof axe;
  }
}

/** Texts that are cut off without a sign of it, and boxes that are wider than their place. */
function clipped(): string[] {
  const found: string[] = [];
  if (document.documentElement.scrollWidth > innerWidth)
    found.push(`the page is ${document.documentElement.scrollWidth} wide`);
  for (const element of document.querySelectorAll<HTMLElement>("body *")) {
    const style = getComputedStyle(element);
    if (element.closest(".unseen, [aria-hidden=true], [popover]:not(:popover-open)") || style.clipPath !== "none")
      continue;
    const hides = style.overflowX !== "visible" && style.textOverflow !== "ellipsis" && element.tagName !== "INPUT";
    if (hides && element.scrollWidth > element.clientWidth + 1) {
      found.push(
        `${element.tagName}.${element.className} hides ${element.scrollWidth - element.clientWidth}px: ${element.innerText.slice(0, 60)}`,
      );
    }
    const hasText = [...element.childNodes].some(
      (node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim(),
    );
    const box = element.getBoundingClientRect();
    const scrolls = element.closest(".fields, .history, dialog, .empty, section, [role=listbox]");
    if (hasText && box.width > 0 && box.right > innerWidth + 1 && !scrolls)
      found.push(`out of sight: ${element.innerText}`);
    if (
      hasText &&
      style.overflowX === "visible" &&
      element.scrollWidth > element.clientWidth + 1 &&
      style.display !== "inline"
    ) {
      found.push(`${element.tagName}.${element.className} spills: ${element.innerText.slice(0, 60)}`);
    }
  }
  return found;
}

// 640 × 400 is a window of 1280 × 800 at 200 %.
describe.each([
  [1280, 800],
  [800, 600],
  [640, 400],
])("at %d × %d no text is cut off, in the longest language, in", (width, height) => {
  it.each(Object.keys(STATES))("%s", async (state) => {
    const page = await look(state, { width, height, mock: "lang=pseudo" });
    expect(await page.evaluate(clipped)).toEqual([]);
    // Nothing is generated in the Library.
    if ((await page.locator(".workspace.alone").count()) > 0) return;
    const go = await page.locator("button.go:visible").boundingBox();
    expect((go?.y ?? height) + (go?.height ?? 0)).toBeLessThanOrEqual(height);
  });
});

describe("a long prompt", () => {
  const JAPANESE =
    "夕暮れの谷、重なり合う丘、低い太陽、霧が立ちこめる。銀髪の少女が振り返り、赤いマフラーが風になびく。".repeat(6);
  const GERMAN = `Abenddämmerung, ${"Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen".repeat(3)}, Nebelschwaden zwischen den Hügeln`;

  it.each([
    ["Japanese", JAPANESE],
    ["German", GERMAN],
  ])("in %s wraps, and its field grows with it", async (_language, prompt) => {
    const page = await chromium.open({ mock: `prompt=${encodeURIComponent(prompt)}` });
    await ready(page);
    const field = page.getByRole("textbox", { name: "Prompt" });
    const [wide, high] = await field.evaluate((box) => [box.scrollWidth - box.clientWidth, box.clientHeight]);
    expect(wide).toBeLessThanOrEqual(0);
    expect(high).toBeGreaterThan(125);
    expect(await page.evaluate(clipped)).toEqual([]);
  });
});
