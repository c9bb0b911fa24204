// The mask painter in Chromium: what a hand does with pointer and keys, and what is saved of it.

import axe from "axe-core";
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

async function open(asked: Asked = {}): Promise<Page> {
  const page = await chromium.open({ ...asked, mock: `canvas&step=5&${asked.mock ?? ""}` });
  await page.locator(".inpaint[aria-busy=false]").waitFor();
  // The picture is on the stage once its frame is.
  await page.waitForFunction(() => (document.querySelector("path.frame")?.getBoundingClientRect().width ?? 0) > 100);
  return page;
}

const stage = (page: Page) => page.getByRole("application");

/** A place of the stage, from its middle. */
async function place(page: Page, x: number, y: number): Promise<[number, number]> {
  const box = await stage(page).boundingBox();
  if (!box) throw new Error("there is no stage");
  return [box.x + box.width / 2 + x, box.y + box.height / 2 + y];
}

async function drag(page: Page, points: [number, number][], button: "left" | "right" = "left"): Promise<void> {
  const [first, ...rest] = points;
  if (!first) return;
  await page.mouse.move(...(await place(page, ...first)));
  await page.mouse.down({ button });
  for (const point of rest) await page.mouse.move(...(await place(page, ...point)), { steps: 4 });
  await page.mouse.up({ button });
}

interface Saved {
  painted: number;
  /** Around everything painted. */
  left: number;
  top: number;
  right: number;
  bottom: number;
  /** A sum that tells masks apart. */
  print: number;
}

/** The mask that the shell has once what is done has been saved. */
async function after(page: Page, work: () => Promise<unknown>): Promise<Saved> {
  const writes = () => window.atelierCanvas?.calls.filter(({ name }) => name === "saveMask").length ?? 0;
  const before = await page.evaluate(writes);
  await work();
  await page.waitForFunction(
    (count) => (window.atelierCanvas?.calls.filter(({ name }) => name === "saveMask").length ?? 0) > count,
    before,
  );
  return saved(page);
}

/** The mask that the shell has, once everything is saved. */
async function saved(page: Page): Promise<Saved> {
  await page.getByTestId("saved").filter({ hasText: "Mask saved" }).waitFor();
  return page.evaluate(() => {
    const mask = window.atelierCanvas?.mask;
    const found = { painted: 0, left: 1e9, top: 1e9, right: -1, bottom: -1, print: 0 };
    mask?.bytes.forEach((value, at) => {
      if (value < 128) return;
      const [x, y] = [at % mask.width, Math.floor(at / mask.width)];
      found.painted++;
      found.left = Math.min(found.left, x);
      found.right = Math.max(found.right, x);
      found.top = Math.min(found.top, y);
      found.bottom = Math.max(found.bottom, y);
      found.print = (found.print * 31 + at) % 1_000_000_007;
    });
    return found;
  });
}

/** Pixels of the overlay that show something. */
const inked = (page: Page) =>
  page.getByTestId("overlay").evaluate((canvas: HTMLCanvasElement) => {
    const data = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
    let count = 0;
    for (let at = 3; at < data.length; at += 4) if ((data[at] ?? 0) > 0) count++;
    return count;
  });

const choose = (page: Page, tool: string) => page.getByRole("radio", { name: tool, exact: true }).click();

describe("a hand", () => {
  const across: [number, number][] = [
    [-60, 0],
    [60, 0],
  ];

  it("paints, and what it painted is seen and saved", async () => {
    const page = await open();
    const { painted, right, left } = await after(page, () => drag(page, across));
    expect(painted).toBeGreaterThan(3000);
    expect(right - left).toBeGreaterThan(200);
    expect(await inked(page)).toBeGreaterThan(500);
  });

  it("erases with the eraser, and with the right button", async () => {
    const page = await open();
    const whole = await after(page, () => drag(page, across));
    const down: [number, number][] = [
      [0, -40],
      [0, 40],
    ];
    const cut = await after(page, () => drag(page, down, "right"));
    expect(cut.painted).toBeLessThan(whole.painted);
    await page.keyboard.press("e");
    const rest = await after(page, () => drag(page, across));
    expect(rest.painted).toBeLessThan(cut.painted / 2);
  });

  it("takes back and does again, to the pixel", async () => {
    const page = await open();
    const one = await after(page, () => drag(page, across));
    const two = await after(page, () =>
      drag(page, [
        [0, -60],
        [0, 60],
      ]),
    );
    expect(two.painted).toBeGreaterThan(one.painted);
    expect(await after(page, () => page.keyboard.press("Control+z"))).toEqual(one);
    expect(await after(page, () => page.keyboard.press("Control+Shift+z"))).toEqual(two);
    const undo = page.getByRole("button", { name: "Undo" });
    expect(await after(page, () => undo.click())).toEqual(one);
    expect((await after(page, () => undo.click())).painted).toBe(0);
    expect(await undo.isDisabled()).toBe(true);
  });

  it("draws a focus box, which is then what is sent, until it is taken away", async () => {
    const page = await open();
    await drag(page, across);
    await page.keyboard.press("s");
    const focus = page.getByRole("radiogroup", { name: "What is sent" });
    await drag(page, [
      [-90, -90],
      [90, 90],
    ]);
    await focus.getByRole("radio", { name: "Box", checked: true }).waitFor();
    await page.waitForFunction(() => {
      const kept = window.atelierCanvas?.calls.filter(({ name }) => name === "saveSettings").at(-1);
      return JSON.stringify(kept?.argument ?? null).includes('"kind":"box"');
    });
    await page.getByRole("button", { name: "Remove" }).click();
    await focus.getByRole("radio", { name: "Automatic", checked: true }).waitFor();
  });

  it("lassoes, fills an outline, and inverts", async () => {
    const page = await open();
    await choose(page, "Lasso");
    const corners: [number, number][] = [
      [-60, -60],
      [60, -60],
      [60, 60],
      [-60, 60],
    ];
    const square = await after(page, () => drag(page, corners));
    const side = square.right - square.left + 1;
    expect(square.painted / side ** 2).toBeGreaterThan(0.95);

    expect((await after(page, () => page.keyboard.press("Shift+C"))).painted).toBe(0);
    await page.keyboard.press("b");
    const outline = await after(page, () => drag(page, [...corners, [-60, -62]]));
    await page.keyboard.press("k");
    const filled = await after(page, async () => page.mouse.click(...(await place(page, 0, 0))));
    expect(filled.painted).toBeGreaterThan(outline.painted * 1.3);
    expect([filled.left, filled.right]).toEqual([outline.left, outline.right]);

    const inverted = await after(page, () => page.keyboard.press("Control+i"));
    expect(inverted.painted).toBe(832 * 1216 - filled.painted);
  });

  it("adds and subtracts rectangles, and closes polygons", async () => {
    const page = await open();
    await page.keyboard.press("m");
    const whole = await after(page, () =>
      drag(page, [
        [-80, -80],
        [80, 80],
      ]),
    );
    await page.keyboard.down("Alt");
    const hole = await after(page, () =>
      drag(page, [
        [-20, -20],
        [20, 20],
      ]),
    );
    await page.keyboard.up("Alt");
    expect(hole.painted / whole.painted).toBeCloseTo(1 - (40 / 160) ** 2, 1);
    await after(page, () => page.keyboard.press("Shift+C"));
    await page.keyboard.press("Shift+L");
    const corners: [number, number][] = [
      [-50, 50],
      [50, 50],
      [0, -50],
    ];
    for (const corner of corners) await page.mouse.click(...(await place(page, ...corner)));
    const { painted, left, right, top, bottom } = await after(page, () => page.keyboard.press("Enter"));
    expect(painted / ((right - left) * (bottom - top))).toBeCloseTo(0.5, 1);
  });

  it("draws a straight line with Shift, and sizes the brush by dragging", async () => {
    const page = await open();
    await after(page, async () => page.mouse.click(...(await place(page, -70, -70))));
    await page.keyboard.down("Shift");
    const line = await after(page, async () => page.mouse.click(...(await place(page, 70, 70))));
    expect(line.right - line.left).toBeGreaterThan(250);
    expect(line.painted).toBeGreaterThan(36 * 250);
    const size = page.getByRole("slider", { name: "Size" });
    const before = await size.getAttribute("aria-valuetext");
    await drag(page, [
      [0, 0],
      [60, 0],
    ]);
    await page.keyboard.up("Shift");
    expect(await size.getAttribute("aria-valuetext")).not.toBe(before);
    expect(await saved(page)).toEqual(line);
  });

  it("zooms to the pointer, pans with Space, and goes back", async () => {
    const page = await open();
    const zoom = page.locator(".zoom");
    const fitted = await zoom.textContent();
    await page.mouse.move(...(await place(page, 30, 30)));
    for (let notch = 0; notch < 6; notch++) await page.mouse.wheel(0, -120);
    await page.waitForFunction((before) => document.querySelector(".zoom")?.textContent !== before, fitted);
    await stage(page).focus();
    await page.keyboard.down(" ");
    await drag(page, [
      [0, 0],
      [50, 0],
    ]);
    await page.keyboard.up(" ");
    expect(await page.evaluate(() => window.atelierCanvas?.mask ?? null)).toBeNull();
    await page.keyboard.press("Control+0");
    await page.waitForFunction((before) => document.querySelector(".zoom")?.textContent === before, fitted);
    await page.keyboard.press("Control+1");
    expect(await zoom.textContent()).toBe("100 %");
  });

  it("with a second finger takes the stroke back and pinches", async () => {
    const page = await open();
    const fitted = await page.locator(".zoom").textContent();
    const session = await page.context().newCDPSession(page);
    const [x, y] = await place(page, 0, 0);
    const touch = (type: "touchStart" | "touchMove" | "touchEnd", ...points: [number, number][]) =>
      session.send("Input.dispatchTouchEvent", {
        type,
        touchPoints: points.map(([at, down], id) => ({ x: at, y: down, id })),
      });
    await touch("touchStart", [x - 40, y]);
    await touch("touchMove", [x - 10, y]);
    await touch("touchStart", [x - 10, y], [x + 40, y]);
    await touch("touchMove", [x - 60, y], [x + 90, y]);
    await touch("touchEnd");
    await page.waitForFunction((before) => document.querySelector(".zoom")?.textContent !== before, fitted);
    expect(await inked(page)).toBe(0);
    expect(await page.getByRole("button", { name: "Undo" }).isDisabled()).toBe(true);
  });

  it("pulls an edge, and what is new is painted", async () => {
    const page = await open({ mock: "w=1024&h=1024" });
    await page.keyboard.press("Shift+S");
    const canvas = await page.locator("path.frame").boundingBox();
    if (!canvas) throw new Error("there is no canvas");
    const [x, y] = [canvas.x + canvas.width, canvas.y + canvas.height / 2];
    const { left, top, bottom, right } = await after(page, async () => {
      await page.mouse.move(x, y);
      await page.mouse.down();
      await page.mouse.move(x + 64, y, { steps: 5 });
      await page.mouse.up();
    });
    expect([left, top, bottom]).toEqual([1024, 0, 1023]);
    expect((right + 1) % 8).toBe(0);
    await page.keyboard.press("Control+z");
    await page.getByText("1024 × 1024", { exact: true }).waitFor();
  });
});

describe("the keyboard alone", () => {
  it("paints, and says where", async () => {
    const page = await open();
    await stage(page).focus();
    const press = async (key: string, times = 1) => {
      for (let time = 0; time < times; time++) await page.keyboard.press(key);
    };
    await press("ArrowRight", 4);
    const dot = await after(page, () => press("Enter"));
    expect(dot.right - dot.left + 1).toBe(36);
    await page.getByText(/\d+, \d+, painted/).waitFor();
    await press("]");
    await press("ArrowDown", 12);
    const line = await after(page, () => press("Shift+Enter"));
    expect(line.bottom - line.top).toBeGreaterThan(100);
    await press("m");
    await press("Enter");
    await press("Shift+ArrowLeft");
    await press("Shift+ArrowUp");
    const box = await after(page, () => press(" "));
    expect(box.painted).toBeGreaterThan(line.painted);
  });

  it("writes in a text field and chooses no tool with it", async () => {
    const page = await open();
    await page.getByRole("radio", { name: "Of its own" }).check({ force: true });
    const field = page.getByRole("textbox", { name: "Prompt here" });
    await field.fill("");
    await field.pressSequentially("elk smbx");
    expect(await field.inputValue()).toBe("elk smbx");
    expect(await page.getByRole("radio", { name: "Brush", exact: true }).getAttribute("aria-checked")).toBe("true");
  });

  it("closes the topmost layer only", async () => {
    const page = await open();
    await page.getByRole("button", { name: "Mask", exact: true }).click();
    await page.keyboard.press("Escape");
    expect(await page.getByRole("button", { name: "Mask", exact: true }).getAttribute("aria-expanded")).toBe("false");
    expect(await page.locator(".inpaint").count()).toBe(1);
    await stage(page).focus();
    await page.keyboard.press("Control+Shift+.");
    await page.getByText("Grow the mask").waitFor();
    await page.keyboard.press("Escape");
    await page.getByText("Grow the mask").waitFor({ state: "detached" });
    expect(await page.locator(".inpaint").count()).toBe(1);
    await page.keyboard.press("Escape");
    await page.locator(".inpaint").waitFor({ state: "detached" });
  });
});

describe("a repaint", () => {
  it("shows what is sent, asks for it once, and keeps what is liked", async () => {
    const page = await open();
    await drag(page, [
      [-60, 0],
      [60, 0],
    ]);
    await page.getByTestId("sent-mask").waitFor();
    const go = page.getByRole("button", { name: /^Repaint/ });
    await go.dblclick();
    await page.getByTestId("take").waitFor();
    expect(await page.evaluate(() => window.atelierCanvas?.calls.filter(({ name }) => name === "enqueue").length)).toBe(
      1,
    );
    await page.getByText("0 pixels changed outside").waitFor();
    await page.getByRole("button", { name: "Compare" }).click();
    await page.getByRole("slider", { name: "Where the take begins" }).press("ArrowRight");
    await page.getByRole("button", { name: "Again" }).click();
    await page.getByTestId("take").nth(1).waitFor();
    await page.getByRole("button", { name: "Reject" }).click();
    await page.getByTestId("take").nth(1).waitFor({ state: "detached" });
    const mask = await saved(page);
    await page.getByRole("button", { name: "Keep", exact: true }).click();
    await page.getByText("Takes line up here").waitFor();
    await page.getByTestId("saved").filter({ hasText: "Mask saved" }).waitFor();
    expect(await saved(page)).toEqual(mask);
  });

  it("asks for nothing while nothing is painted", async () => {
    const page = await open();
    await page.getByText("Paint what should change first.").waitFor();
    await page.keyboard.press("Control+Enter");
    await page.getByRole("button", { name: /^Repaint/ }).click({ force: true });
    expect(await page.evaluate(() => window.atelierCanvas?.calls.filter(({ name }) => name === "enqueue").length)).toBe(
      0,
    );
  });

  it("says why a picture can’t be opened", async () => {
    const page = await chromium.open({ mock: "canvas&refused" });
    await page
      .getByRole("alert")
      .getByText(/130 megapixels/)
      .waitFor();
  });
});

/** What is done before the page is looked at. */
const STATES: Record<string, (page: Page) => Promise<unknown>> = {
  "an empty canvas": () => Promise.resolve(),
  "a painted canvas": async (page) => {
    await drag(page, [
      [-60, 0],
      [60, 0],
    ]);
    await page.getByTestId("sent-mask").waitFor();
  },
  "the look of the mask": (page) => page.locator(".rail [aria-haspopup]").click(),
  "the whole mask": (page) => page.locator(".head [aria-haspopup]").click(),
  "growing the mask": (page) => page.keyboard.press("Control+Shift+."),
  "a box": async (page) => {
    await page.keyboard.press("s");
    await drag(page, [
      [-60, -60],
      [60, 60],
    ]);
  },
  takes: async (page) => {
    await STATES["a painted canvas"]?.(page);
    await page.locator("button.go").click();
    await page.getByTestId("take").waitFor();
  },
};

describe.each(["dark", "light"] as const)("axe finds nothing in the %s theme in", (scheme) => {
  it.each(Object.keys(STATES))("%s", async (state) => {
    const page = await open({ scheme, reducedMotion: true });
    await STATES[state]?.(page);
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
