// The prompt editor where it needs a layout, real keys and a real input method.

import type { CDPSession, Page } from "playwright-core";
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

const box = (page: Page, name = "Prompt") => page.getByRole("textbox", { name });
const offers = (page: Page) => page.locator(".prompt-offers li");
const called = (page: Page, name: string) =>
  page.evaluate((wanted) => window.atelierMock?.calls.filter((call) => call.name === wanted).length ?? 0, name);

async function open(asked?: Asked): Promise<Page> {
  const page = await chromium.open(asked);
  await page.getByText("free · V5 allowance").waitFor();
  return page;
}

it("takes a press anywhere in its box, also below its only line", async () => {
  const page = await open();
  for (const name of ["Prompt", "Undesired Content"]) {
    const frame = page.locator(".prompt-editor .box").filter({ has: box(page, name) });
    const { x, y, width, height } = (await frame.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    await page.mouse.click(x + width / 2, y + height - 6);
    await page.keyboard.type("fog");
    expect(await box(page, name).innerText()).toBe("fog");
  }
});

describe("an input method", () => {
  const compose = (protocol: CDPSession, text: string) =>
    protocol.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });

  it("composes in peace: no list, no key of ours, and then the list for what it wrote", async () => {
    const page = await open();
    await box(page).click();
    const protocol = await page.context().newCDPSession(page);
    for (const text of ["あ", "あお", "青"]) await compose(protocol, text);
    await page.waitForFunction(() => document.querySelector(".cm-content")?.textContent.includes("青"));
    const enter = { key: "Enter", code: "Enter", windowsVirtualKeyCode: 229 };
    await protocol.send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...enter });
    await protocol.send("Input.dispatchKeyEvent", { type: "keyUp", ...enter });
    expect(await called(page, "complete")).toBe(0);
    expect(await offers(page).count()).toBe(0);
    await protocol.send("Input.insertText", { text: "青" });
    await offers(page).first().waitFor();
    expect(await box(page).innerText()).toBe("青");
    await page.keyboard.press("Enter");
    expect(await box(page).innerText()).toBe("blue eyes, ");
  });

  it("closes a list that was open", async () => {
    const page = await open();
    await box(page).click();
    await page.keyboard.type("blu");
    await offers(page).first().waitFor();
    const protocol = await page.context().newCDPSession(page);
    await compose(protocol, "あ");
    await offers(page).first().waitFor({ state: "detached" });
    await protocol.send("Input.insertText", { text: "" });
  });
});

describe("offers", () => {
  it("are taken by Tab and by a click, stand over everything, and close alone", async () => {
    const page = await open({ mock: "step=60" });
    await box(page).click();
    await page.keyboard.type("blu");
    await page.getByText("blue butterfly").waitFor();
    const [list, column] = [await offers(page).first().boundingBox(), await page.locator(".fields").boundingBox()];
    expect(list?.x).toBeGreaterThanOrEqual(column?.x ?? 0);
    const top = await page.evaluate(
      ([x, y]) => document.elementFromPoint(x ?? 0, y ?? 0)?.closest("li") !== null,
      [(list?.x ?? 0) + 40, (list?.y ?? 0) + 8],
    );
    expect(top).toBe(true);
    await page.keyboard.press("Tab");
    expect(await box(page).innerText()).toBe("blue eyes, ");
    await page.keyboard.type("rai");
    await offers(page).filter({ hasText: "rain" }).first().click();
    expect(await box(page).innerText()).toBe("blue eyes, rain, ");
    await page.keyboard.type("blu");
    await offers(page).first().waitFor();
    await page.keyboard.press("Escape");
    await offers(page).first().waitFor({ state: "detached" });
    expect(await box(page).evaluate((field) => field === document.activeElement)).toBe(true);
    await page.keyboard.press("Control+Enter");
    await page.getByTestId("preview").waitFor();
    expect(await box(page).innerText()).toBe("blue eyes, rain, blu");
  });
});

describe("keys", () => {
  it("nudge, undo and redo", async () => {
    const page = await open({ mock: "prompt=rain" });
    await box(page).click();
    await page.keyboard.press("Control+ArrowUp");
    await page.keyboard.press("Control+ArrowUp");
    await expect.poll(() => box(page).innerText()).toBe("1.1::rain ::");
    await page.locator(".w-up-1").waitFor();
    await page.keyboard.press("Control+z");
    await page.keyboard.press("Control+z");
    expect(await box(page).innerText()).toBe("rain");
    await page.keyboard.press("Control+Shift+z");
    await page.keyboard.press("Control+y");
    expect(await box(page).innerText()).toBe("1.1::rain ::");
  });

  it("find within the box that has the focus", async () => {
    const page = await open({ mock: "prompt=red+hair,+red+scarf" });
    await box(page).click();
    await page.keyboard.press("Control+f");
    await page.keyboard.type("red");
    await page.getByText("2 found").waitFor();
    await page.keyboard.press("Tab");
    const field = page.getByRole("textbox", { name: "Replace with" });
    await field.fill("blue");
    await page.getByRole("button", { name: "All", exact: true }).click();
    expect(await box(page).innerText()).toBe("blue hair, blue scarf");
    await field.press("Escape");
    await page.getByRole("search").waitFor({ state: "detached" });
    expect(await box(page).evaluate((element) => element === document.activeElement)).toBe(true);
  });

  it("say what is odd where the pointer rests, and mend it", async () => {
    const page = await open({ mock: "prompt=rain,+night,+rain" });
    await page.locator(".p-hint").hover();
    const card = page.locator(".cm-tooltip-hover");
    await card.getByText("“rain” is written twice.").waitFor();
    await card.getByRole("button", { name: "Remove" }).click();
    expect(await box(page).innerText()).toBe("rain, night");
  });
});

describe("the boxes", () => {
  it("lie behind tabs if that was chosen, and stay so", async () => {
    const page = await open({ mock: "prompt=rain" });
    await page.getByRole("button", { name: "As tabs" }).click();
    await page.reload();
    const tab = page.getByRole("tab", { name: "Undesired Content" });
    await page.getByRole("tab", { name: "Prompt" }).focus();
    await page.keyboard.press("ArrowRight");
    expect(await tab.getAttribute("aria-selected")).toBe("true");
    expect(await box(page).isVisible()).toBe(false);
    await box(page, "Undesired Content").click();
    await page.keyboard.type("crowd");
    await page.getByRole("tab", { name: "Prompt" }).click();
    expect(await box(page).innerText()).toBe("rain");
    await page.getByRole("button", { name: "One above the other" }).click();
    expect(await box(page, "Undesired Content").innerText()).toBe("crowd");
  });

  it("are as high as their lower edge was dragged, until a double click", async () => {
    const page = await open({ mock: "prompt=rain" });
    const grip = page.getByRole("separator", { name: "Height of Prompt" });
    const high = async () => Math.round((await page.locator(".box").first().boundingBox())?.height ?? 0);
    const before = await high();
    const { x, y } = (await grip.boundingBox()) ?? { x: 0, y: 0 };
    await page.mouse.move(x + 60, y + 4);
    await page.mouse.down();
    await page.mouse.move(x + 60, y + 84, { steps: 3 });
    await page.mouse.up();
    expect(await high()).toBe(before + 80);
    await grip.focus();
    await page.keyboard.press("ArrowUp");
    expect(await high()).toBe(before + 64);
    await grip.dblclick();
    expect(await high()).toBe(before);
  });

  it("write each line the way its script runs, and Arabic from the right", async () => {
    const page = await open({ mock: `prompt=${encodeURIComponent("rain\nسماء زرقاء")}` });
    const lines = page.locator(".cm-content").first().locator(".cm-line");
    const start = (index: number) =>
      lines.nth(index).evaluate((line) => {
        const range = document.createRange();
        range.selectNodeContents(line);
        const [text, whole] = [range.getBoundingClientRect(), line.getBoundingClientRect()];
        return text.left - whole.left < whole.right - text.right ? "left" : "right";
      });
    expect([await start(0), await start(1)]).toEqual(["left", "right"]);
  });
});
