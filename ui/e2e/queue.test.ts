// The queue's drawer in Chromium: ten thousand rows, a drag with a real pointer, and what everyone has to be able to read.

import axe from "axe-core";
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

async function drawer(mock: string, scheme: "dark" | "light" = "dark"): Promise<Page> {
  const page = await chromium.open({ mock, scheme });
  await page.getByRole("button", { name: "Show the queue" }).click();
  await page.getByRole("region", { name: "Queue, in full" }).locator("li button.what").first().waitFor();
  return page;
}

const rows = (page: Page) => page.getByRole("region", { name: "Queue, in full" }).locator("li");

describe("the drawer", () => {
  it("scrolls through ten thousand jobs with no more rows than are in sight", async () => {
    const page = await drawer("queued=10000&paused");
    const list = page.getByRole("list", { name: "Queue · 10,000" }).locator("..");
    for (const part of [0.5, 1, 0.25]) {
      await list.evaluate((box, to) => (box.scrollTop = box.scrollHeight * to), part);
      const place = Math.min(10_000, Math.round(10_000 * part) + 1);
      await page.locator(`li[aria-posinset="${place}"] button.what`).waitFor();
      expect(await rows(page).count()).toBeLessThan(60);
    }
  });

  it("moves a row by its grip", async () => {
    const page = await drawer("queued=5&paused");
    const grip = page.getByTitle(/^Move: /).first();
    const target = rows(page).nth(2);
    const [from, to] = [await grip.boundingBox(), await target.boundingBox()];
    if (!from || !to) throw new Error("nothing to drag");
    await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2);
    await page.mouse.down();
    await page.mouse.move(from.x + 4, to.y + to.height / 2, { steps: 6 });
    await page.mouse.up();
    await page.waitForFunction(() => window.atelierMock?.calls.some(({ name }) => name === "moveJobs"));
    const moved = await page.evaluate(
      () => window.atelierMock?.calls.find(({ name }) => name === "moveJobs")?.argument,
    );
    expect(moved).toEqual({ ids: ["waiting-0"], before: "waiting-3" });
  });

  it.each(["dark", "light"] as const)("can be read by everyone, %s", async (scheme) => {
    const page = await drawer("queued=40&paused&failed=interrupted&unsettled", scheme);
    await page.evaluate(axe.source);
    for (const tab of [/^Queue · /, /^Unsettled · /]) {
      await page.getByRole("tab", { name: tab }).click();
      await page.waitForTimeout(200);
      const broken = await page.evaluate(async () => {
        const { violations } = await (window as unknown as { axe: typeof axe }).axe.run();
        return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
      });
      expect(broken).toEqual([]);
    }
  });
});
