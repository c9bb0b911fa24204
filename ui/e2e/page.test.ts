// The page as a person uses it, in Chromium.

import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { type Asked, type Lane, lane } from "./harness";

let chromium: Lane;
beforeAll(async () => {
  chromium = await lane();
});
afterEach(async ({ task }) => {
  expect(await chromium.finish(task.name, task.result?.state === "fail")).toEqual([]);
});
afterAll(() => chromium.close());

const generateButton = (page: Page) => page.getByRole("button", { name: /^Generate/ });

async function open(asked?: Asked): Promise<Page> {
  const page = await chromium.open(asked);
  await page.getByText("free · V5 allowance").waitFor();
  return page;
}

const called = (page: Page, name: string) =>
  page.evaluate((wanted) => window.atelierMock?.calls.filter((call) => call.name === wanted).length, name);

describe("Generate", () => {
  it("streams previews that fade into the picture", async () => {
    const page = await open({ mock: "step=60" });
    await page.getByRole("textbox", { name: "Prompt" }).fill("layered hills at dusk");
    await generateButton(page).click();
    const preview = page.getByTestId("preview");
    await preview.waitFor();
    const first = await preview.getAttribute("src");
    await page.waitForFunction(
      (src) => document.querySelector("[data-testid=preview]")?.getAttribute("src") !== src,
      first,
    );
    const result = page.getByRole("img", { name: "Result: layered hills at dusk" });
    await result.waitFor();
    expect(await result.evaluate((img: HTMLImageElement) => [img.naturalWidth, img.naturalHeight])).toEqual([
      832, 1216,
    ]);
    await page.getByTestId("history-item").waitFor();
    // The last preview is gone when the fade is over: it would shine through a transparent picture.
    await page.waitForFunction(() => document.querySelectorAll("main img").length === 1);
  });

  it("makes one job of a double click", async () => {
    const page = await open({ mock: "step=5" });
    await generateButton(page).dblclick();
    await page.getByTestId("result").waitFor();
    expect(await called(page, "enqueue")).toBe(1);
  });

  it("works by keyboard alone", async () => {
    const page = await open({ mock: "step=40" });
    await page.keyboard.press("Tab");
    for (let stop = 0; stop < 12; stop++) {
      if (await page.getByRole("textbox", { name: "Prompt" }).evaluate((field) => field === document.activeElement))
        break;
      await page.keyboard.press("Tab");
    }
    await page.keyboard.type("rain");
    await page.keyboard.press("Control+Enter");
    await page.getByTestId("preview").waitFor();
    await page.keyboard.press("Escape");
    await page.getByText("Nothing in the queue").waitFor();
    expect(await page.getByRole("textbox", { name: "Prompt" }).innerText()).toBe("rain");
  });

  it("is left alone by an input method", async () => {
    const page = await open({ mock: "step=5" });
    await page.getByRole("textbox", { name: "Prompt" }).focus();
    const protocol = await page.context().newCDPSession(page);
    await protocol.send("Input.imeSetComposition", { text: "ゆうぐれ", selectionStart: 4, selectionEnd: 4 });
    const enter = { key: "Enter", code: "Enter", windowsVirtualKeyCode: 229, modifiers: 2 };
    await protocol.send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...enter });
    await protocol.send("Input.insertText", { text: "夕暮れ" });
    await protocol.send("Input.dispatchKeyEvent", { type: "keyUp", ...enter });
    expect(await page.getByRole("textbox", { name: "Prompt" }).innerText()).toBe("夕暮れ");
    expect(await called(page, "enqueue")).toBe(0);
  });

  it("survives a reload in flight: the page comes back to its draft", async () => {
    const page = await open({ mock: "step=5&prompt=hills" });
    await generateButton(page).click();
    await page.getByTestId("preview").waitFor();
    await page.reload();
    await page.getByText("free · V5 allowance").waitFor();
    expect(await page.getByRole("textbox", { name: "Prompt" }).innerText()).toBe("hills");
  });
});

describe("the sign-in", () => {
  it("keeps the focus, gives it back, and takes Escape for itself", async () => {
    const page = await open({ mock: "step=60" });
    await generateButton(page).click();
    await page.getByTestId("preview").waitFor();
    await page.getByRole("button", { name: "Sign in" }).click();
    const dialog = page.getByRole("dialog", { name: "Sign in to NovelAI" });
    await page.getByLabel("API token").waitFor();
    for (let stop = 0; stop < 6; stop++) {
      await page.keyboard.press("Tab");
      const inside = await page.evaluate(
        () => document.activeElement === document.body || document.activeElement?.closest("dialog") !== null,
      );
      expect(inside).toBe(true);
    }
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
    expect(await called(page, "cancel")).toBe(0);
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Sign in");
    await page.keyboard.press("Escape");
    await page.getByText("Nothing in the queue").waitFor();
  });

  it("leaves nothing of a token in the page", async () => {
    const page = await open({ mock: "step=5&keychain=missing" });
    await page.getByRole("button", { name: "Sign in" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("API token").fill("pst-secret-token");
    await dialog.getByRole("button", { name: "Sign in" }).click();
    await dialog.getByRole("button", { name: "Only for this session" }).click();
    await page.getByRole("button", { name: "Sign out" }).waitFor();
    expect(await page.content()).not.toContain("pst-secret");
    expect(await page.evaluate(() => JSON.stringify([localStorage, sessionStorage]))).not.toContain("pst-secret");
  });
});

describe("the list of models", () => {
  it("opens over everything, moves by keyboard and closes", async () => {
    const page = await open();
    const box = page.getByRole("combobox", { name: "Model" });
    await box.focus();
    await page.keyboard.press("ArrowDown");
    const list = page.getByRole("listbox", { name: "Model" });
    await list.waitFor();
    const [above, below] = [await box.boundingBox(), await list.boundingBox()];
    expect(below?.y).toBeGreaterThan((above?.y ?? 0) + (above?.height ?? 0));
    await page.keyboard.press("End");
    await page.keyboard.press("Enter");
    await list.waitFor({ state: "hidden" });
    await expect.poll(() => box.textContent()).toContain("Furry V3");
  });

  it("closes by a click elsewhere", async () => {
    const page = await open();
    await page.getByRole("combobox", { name: "Model" }).click();
    await page.getByRole("listbox", { name: "Model" }).waitFor();
    await page.mouse.click(900, 400);
    await page.getByRole("listbox", { name: "Model" }).waitFor({ state: "hidden" });
  });
});

describe("the columns", () => {
  it("reach the oldest picture of the history, and hold only those in sight", async () => {
    const page = await open({ mock: "images=200" });
    const items = page.getByTestId("history-item");
    await items.first().waitFor();
    await page.evaluate(() => {
      const toTheEnd = () => {
        let list = document.querySelector("[data-testid=history-item]")?.parentElement;
        while (list && !/auto|scroll/.test(getComputedStyle(list).overflowY)) list = list.parentElement;
        if (list) list.scrollTop = list.scrollHeight;
        requestAnimationFrame(toTheEnd);
      };
      toTheEnd();
    });
    const oldest = page.locator("[data-testid=history-item][aria-posinset='200'] img");
    await oldest.waitFor({ state: "attached" });
    await page.waitForFunction(() => {
      const last = document.querySelector<HTMLImageElement>("[data-testid=history-item][aria-posinset='200'] img");
      return last?.complete === true && last.naturalWidth > 0;
    });
    expect(await items.count()).toBeLessThan(60);
  });

  it("are as wide as they were left", async () => {
    const page = await open({ mock: "images=2" });
    const line = page.getByRole("separator", { name: "Width of the recipe" });
    const before = Number(await line.getAttribute("aria-valuenow"));
    const { x, y } = (await line.boundingBox()) ?? { x: 0, y: 0 };
    await page.mouse.move(x + 4, y + 300);
    await page.mouse.down();
    await page.mouse.move(x + 64, y + 300, { steps: 4 });
    await page.mouse.up();
    expect(await line.getAttribute("aria-valuenow")).toBe(String(before + 60));
    await page.reload();
    expect(await line.getAttribute("aria-valuenow")).toBe(String(before + 60));
    await line.dblclick();
    expect(await line.getAttribute("aria-valuenow")).toBe(String(before));
  });
});

describe("the theme", () => {
  it("follows the system, unless one was chosen", async () => {
    const page = await open({ scheme: "dark" });
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const dark = await ground();
    await page.emulateMedia({ colorScheme: "light" });
    await expect.poll(ground).not.toBe(dark);
    await page.getByRole("button", { name: "Settings" }).click();
    await page.getByRole("radio", { name: "Dark" }).check();
    await expect.poll(ground).toBe(dark);
    await page.reload();
    await expect.poll(ground).toBe(dark);
  });

  it("moves nothing for those who want no motion", async () => {
    const page = await open({ reducedMotion: true, mock: "step=30" });
    await generateButton(page).click();
    await page.getByTestId("preview").waitFor();
    const running = await page.evaluate(
      () => document.getAnimations().filter(({ effect }) => Number(effect?.getComputedTiming().duration) > 0).length,
    );
    expect(running).toBe(0);
    await page.getByTestId("result").waitFor();
  });
});
