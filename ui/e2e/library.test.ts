// The Library as a person uses it, in Chromium: what needs a layout.

import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { type Lane, lane } from "./harness";

let chromium: Lane;
beforeAll(async () => {
  chromium = await lane();
});
afterEach(async ({ task }) => {
  expect(await chromium.finish(task.name, task.result?.state === "fail")).toEqual([]);
});
afterAll(() => chromium.close());

async function open(mock: string): Promise<Page> {
  const page = await chromium.open({ mock, reducedMotion: true });
  await page.locator("[data-tab=library]").click();
  await grid(page).getByRole("option").first().waitFor();
  return page;
}

const grid = (page: Page) => page.getByRole("listbox", { name: "Pictures found" });
const cell = (page: Page, index: number) => grid(page).locator(`[data-index="${index}"]`);
const box = async (page: Page, index: number) =>
  (await cell(page, index).boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };

describe("the grid", () => {
  it("has rows that end at one line, and squares that are square", async () => {
    const page = await open("images=40");
    const inRow = async () => {
      const boxes = await grid(page)
        .getByRole("option")
        .evaluateAll((cells) => cells.map((one) => one.getBoundingClientRect().toJSON() as DOMRect));
      return boxes.filter(({ top }) => top === boxes[0]?.top);
    };
    const row = await inRow();
    expect(new Set(row.map(({ height }) => Math.round(height))).size).toBe(1);
    await page.getByRole("radio", { name: "Squares" }).check({ force: true });
    await expect
      .poll(async () => (await inRow()).every(({ width, height }) => Math.abs(width - height) < 1))
      .toBe(true);
  });

  it("grows by Ctrl and the wheel, and the picture at the keyboard stays", async () => {
    const page = await open("images=60");
    await cell(page, 5).click();
    const before = await box(page, 5);
    await page.mouse.move(before.x + 20, before.y + 20);
    await page.keyboard.down("Control");
    for (let turn = 0; turn < 4; turn += 1) await page.mouse.wheel(0, -120);
    await page.keyboard.up("Control");
    await expect.poll(async () => (await box(page, 5)).height).toBeGreaterThan(before.height);
    expect(Math.abs((await box(page, 5)).y - before.y)).toBeLessThan(4);
  });

  it("selects what a rectangle touches, drawn from the ground", async () => {
    const page = await open("images=12");
    const [first, second] = [await box(page, 0), await box(page, 1)];
    await page.mouse.move(first.x + 10, first.y - 6);
    await page.mouse.down();
    await page.mouse.move(second.x + 20, second.y + 40, { steps: 6 });
    await page.mouse.up();
    await page.getByText("2 selected").waitFor();
  });

  it("folds a section, and the next moves up", async () => {
    const page = await open("images=12");
    const before = await box(page, 4);
    await page.getByRole("button", { name: "Fold Today" }).click();
    await expect.poll(async () => (await box(page, 4)).y).toBeLessThan(before.y);
    expect(await cell(page, 0).count()).toBe(0);
  });

  it("opens a stack in place by its badge, and folds it again", async () => {
    const page = await open("images=12");
    await page.getByRole("button", { name: "Stacks" }).click();
    await expect.poll(() => grid(page).getByRole("option").count()).toBe(1);
    await cell(page, 0).locator("[data-stack]").click();
    await expect.poll(() => grid(page).getByRole("option").count()).toBe(12);
    await cell(page, 0).locator("[data-stack]").click();
    await expect.poll(() => grid(page).getByRole("option").count()).toBe(1);
  });
});

describe("the history column", () => {
  it("has the same keys and menu, and takes back what was thrown away", async () => {
    const page = await chromium.open({ mock: "images=12", reducedMotion: true });
    const items = page.getByTestId("history-item");
    await items.nth(2).click();
    await page.getByRole("button", { name: /^Seed 1487236751/ }).waitFor();
    await page.keyboard.press("4");
    await expect.poll(() => items.nth(2).getAttribute("aria-label")).toContain("4 ★");
    await page.keyboard.press("Delete");
    await page.getByText("1 picture is in the trash.").waitFor();
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByText("Taken back.").waitFor();
    await items.nth(2).click({ button: "right" });
    await page.getByRole("menuitem", { name: /^Quick look/ }).click();
    await page.getByRole("dialog", { name: "Quick look" }).waitFor();
  });
});
