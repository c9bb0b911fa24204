// For everyone: no rule of axe is broken in any state, and no word is baked in.

import { fireEvent, screen, waitFor } from "@testing-library/svelte";
import { afterEach, describe, expect, it } from "vitest";

import { setLanguage } from "../i18n/index.svelte";
import { pastImages, somePresets } from "../ipc/mock";
import { MockBackend, type MockOptions } from "../ipc/mock/backend";
import { catalogue } from "../ipc/mock/catalogue";
import { openApp } from "./app";
import { broken } from "./axe";
import { type } from "./prompt";
import { job, REQUEST } from "./values";

const error = { code: "interrupted" as const, message: "It broke.", detail: "HTTP 500" };

const STATES: Record<string, Partial<MockOptions>> = {
  "a first start": {},
  "a history": { images: pastImages(6) },
  "a picture on its way": {
    jobs: [job("r", { kind: "running", step: 4, steps: 23 }), job("q", { kind: "queued", retryAt: null })],
  },
  "a job in trouble": { jobs: [job("f", { kind: "unsettled", error, anlasBefore: 9, anlasAfter: 3 })], recovered: 1 },
  "an account": { server: "novelai", images: pastImages(1) },
  "a custom server with a problem": { server: "custom", problem: { ...error, code: "offline" } },
};

describe("axe finds nothing in", () => {
  it.each(Object.keys(STATES))("%s", async (state) => {
    await openApp(STATES[state]);
    expect(await broken()).toEqual([]);
  });

  it.each([
    ["Sign in", "Sign in to NovelAI"],
    ["Settings", "Settings"],
  ])("the dialog of %s", async (button, title) => {
    await openApp();
    await fireEvent.click(screen.getByRole("button", { name: button }));
    expect(screen.getByRole("dialog", { name: title })).toBeVisible();
    expect(await broken()).toEqual([]);
  });

  it.each([
    ["the presets", () => undefined],
    ["a preset", () => fireEvent.click(screen.getAllByRole("button", { name: /Rain in neon/ })[0] ?? document.body)],
    ["the form of a preset", () => fireEvent.click(screen.getByRole("button", { name: "Save the draft…" }))],
  ])("%s", async (_name, act) => {
    const backend = new MockBackend({ images: pastImages(3) });
    backend.stock(somePresets(7), { broken: [{ fileName: "a.json", reason: "No." }], base: REQUEST });
    await openApp({}, backend);
    await fireEvent.click(screen.getByRole("button", { name: "Presets" }));
    await screen.findByText("a.json");
    await act();
    expect(await broken()).toEqual([]);
  });

  it.each(catalogue.models.map(({ shortName, id }) => [shortName, id]))(
    "the whole column for %s",
    async (_name, model) => {
      await openApp({ draft: { ...REQUEST, model, samples: 3, sampling: { ...REQUEST.sampling, steps: 40 } } });
      await fireEvent.click(screen.getByText("Advanced"));
      await screen.findByText("Opus includes up to 28 steps.");
      await fireEvent.pointerEnter(screen.getByRole("button", { name: /^Generate/ }));
      await screen.findByRole("tooltip");
      expect(await broken()).toEqual([]);
    },
  );

  it.each([
    ["the menu of the draft", "More for this draft", "menuitem"],
    ["the request", "Show the request…", "region"],
  ])("%s", async (_name, button, role) => {
    await openApp();
    await fireEvent.click(screen.getByRole("button", { name: "More for this draft" }));
    if (role === "region") await fireEvent.click(screen.getByRole("menuitem", { name: button }));
    await screen.findAllByRole(role);
    expect(await broken()).toEqual([]);
  });

  it.each([
    ["what is odd about a prompt", "{rain, rain, (fog:1.2), __nothing__", { name: /problem/ }, /written twice/],
    ["a prompt as it would be drawn", "__weather__, ||dusk|dawn||", { name: /drawn before/ }, /random seed/],
    ["prompts behind tabs", "rain", { name: "As tabs" }, /^Undesired Content$/],
    ["snippets and wildcards", "rain", { name: "Snippets and wildcards" }, /^weather$/],
  ])("%s", async (_state, text, button, sign) => {
    await openApp({ draft: { ...REQUEST, prompt: { ...REQUEST.prompt, text } } });
    await fireEvent.click(await screen.findByRole("button", button));
    expect(await screen.findByText(sign)).toBeVisible();
    expect(await broken()).toEqual([]);
  });

  it("offers while somebody types, and a search", async () => {
    await openApp();
    type("blu");
    await waitFor(() => expect(document.querySelector(".prompt-offers li")).not.toBeNull());
    expect(await broken()).toEqual([]);
    await fireEvent.keyDown(screen.getByRole("textbox", { name: "Prompt" }), { key: "Escape" });
    await fireEvent.keyDown(screen.getByRole("textbox", { name: "Prompt" }), { key: "f", ctrlKey: true });
    await screen.findByRole("textbox", { name: "Find" });
    expect(await broken()).toEqual([]);
  });

  it("an open list", async () => {
    await openApp();
    await fireEvent.click(screen.getByRole("combobox", { name: "Model" }));
    expect(await broken()).toEqual([]);
  });
});

describe("no word is baked in:", () => {
  afterEach(() => setLanguage("en"));

  /** Data, not words: names of models and samplers, prompts, files, folders, versions, what a server said. */
  const DATA = [
    /^NovelAI Diffusion/,
    /Curated|Full|Ancestral|Euler|DPM/,
    /\.png$/,
    /pictures|Pictures\/Atelier/,
    /^0\.1\.0$/,
    /^It broke\.$/,
  ];
  const DATA_IN = ".selectable, small, [role=option]";

  function plain(): string[] {
    const found: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode.textContent?.trim() ?? "";
      const parent = walker.currentNode.parentElement;
      if (!/\p{L}{2,}/u.test(text) || text.startsWith("[") || parent?.closest(DATA_IN)) continue;
      if (!DATA.some((known) => known.test(text))) found.push(text);
    }
    for (const element of document.querySelectorAll("[aria-label], [title], [placeholder]")) {
      for (const name of ["aria-label", "title", "placeholder"]) {
        const text = element.getAttribute(name) ?? "";
        if (/\p{L}{2,}/u.test(text) && !text.startsWith("[") && !DATA.some((known) => known.test(text)))
          found.push(text);
      }
    }
    return found;
  }

  it.each(Object.keys(STATES))("%s", async (state) => {
    await setLanguage("pseudo");
    await openApp(STATES[state]);
    await waitFor(() => expect(plain()).toEqual([]));
  });
});
