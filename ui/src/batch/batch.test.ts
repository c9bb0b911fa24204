import { screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";

import { SETTINGS } from "../ipc/mock/presets";
import { calls, openApp } from "../test/app";
import { broken } from "../test/axe";
import { REQUEST } from "../test/values";
import { axisOf, isWhole, nothingTyped, planOf } from "./plan";

describe("a plan", () => {
  it("takes lines, numbers and choices, and nothing empty", () => {
    expect(axisOf({ ...nothingTyped("prompts"), text: " sea \n\n hills" })).toEqual({
      kind: "prompts",
      values: ["sea", "hills"],
    });
    expect(axisOf({ ...nothingTyped("guidance"), text: "4, 5.5; x 7" })).toEqual({
      kind: "guidance",
      values: [4, 5.5, 7],
    });
    expect(axisOf({ ...nothingTyped("steps"), text: "20 28" })).toEqual({ kind: "steps", values: [20, 28] });
  });

  it("is whole when there is something on every axis", () => {
    const plan = (text: string, find: string) =>
      planOf(REQUEST, [{ ...nothingTyped("replace"), text, find }], 1, "same");
    expect(isWhole(plan("red", ""))).toBe(false);
    expect(isWhole(plan("", "__colour__"))).toBe(false);
    expect(isWhole(plan("red", "__colour__"))).toBe(true);
    expect(isWhole(planOf(REQUEST, [], 4, "same"))).toBe(true);
  });
});

describe("a batch", () => {
  it("tells its whole price before it starts, and shows its contact sheet", async () => {
    const backend = await openApp();
    const user = userEvent.setup();
    await user.click(screen.getByRole("button", { name: "Batch…" }));
    const scenes = await screen.findByRole("textbox", { name: "Scenes, after the prompt: one a line" });
    await user.type(scenes, "at night{enter}in fog");
    const go = await screen.findByRole("button", { name: /^Queue 2 requests/ });
    expect(await broken()).toEqual([]);
    await user.click(go);
    await waitFor(() => expect(calls(backend, "enqueueBatch")).toHaveLength(1));
    expect(calls(backend, "enqueueBatch")[0]).toMatchObject({
      plan: { axes: [{ kind: "scenes", values: ["at night", "in fog"] }], count: 1, seeds: "same" },
    });
    expect(await screen.findByAltText(/^Contact sheet/)).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Save as a picture…" }));
    expect(calls(backend, "saveContactSheet")).toHaveLength(1);
  });

  it("asks above the person's limit, and takes a second press", async () => {
    const account = { tier: "tablet" as const, active: true, anlas: 500, allowance: null };
    const backend = await openApp({ account, settings: { ...SETTINGS, askAbove: 1 } });
    const user = userEvent.setup();
    await user.click(screen.getByRole("button", { name: "Batch…" }));
    await user.type(await screen.findByRole("textbox", { name: /^Scenes/ }), "fog");
    await user.click(await screen.findByRole("button", { name: /^Queue 1 request/ }));
    expect(await screen.findByRole("button", { name: /^Yes, queue 1 request/ })).toBeVisible();
    expect(calls(backend, "enqueueBatch")).toEqual([]);
  });
});
