import { fireEvent, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";

import { IpcError, type Preset, standIn } from "../ipc";
import { somePresets } from "../ipc/mock";
import { MockBackend, type MockOptions } from "../ipc/mock/backend";
import { calls, openApp } from "../test/app";
import { written } from "../test/prompt";
import { image, REQUEST } from "../test/values";
import { grouped, matches } from "./folders";
import { Shelf } from "./shelf.svelte";

function preset(id: string, changes: Partial<Preset> = {}): Preset {
  return {
    id,
    name: id,
    folder: "",
    colour: null,
    face: null,
    parts: ["prompt", "settings", "size"],
    request: {
      ...REQUEST,
      prompt: { ...REQUEST.prompt, text: "rain" },
      size: { width: 1216, height: 832 },
      sampling: { ...REQUEST.sampling, steps: 28 },
    },
    builtIn: false,
    ...changes,
  };
}

describe("the shelf", () => {
  let backend: MockBackend;
  let shelf: Shelf;
  beforeEach(async () => {
    backend = new MockBackend();
    standIn(backend);
    backend.stock([preset("a"), preset("b", { folder: "Styles" }), preset("c"), preset("d")], {
      default: "c",
      base: REQUEST,
    });
    shelf = new Shelf();
    await shelf.read();
  });
  const order = () => shelf.own.map(({ id }) => id);

  it("is kept by folder, what has none first", () => {
    expect(shelf.folders.map(({ name, presets }) => [name, presets.map(({ id }) => id)])).toEqual([
      ["", ["a", "c", "d"]],
      ["Styles", ["b"]],
    ]);
  });

  it("is searched by name, folder and prompt, all words of it", () => {
    expect(matches(preset("Neon rain", { folder: "Styles" }), "rain STYLES")).toBe(true);
    expect(matches(preset("Neon"), "neon snow")).toBe(false);
    expect(matches(preset("夕暮れの谷"), "谷")).toBe(true);
  });

  it("offers what comes with the app for the model, and all of it to who searches", () => {
    expect(shelf.builtIn(REQUEST.model)).toHaveLength(1);
    shelf.search = "fewer";
    expect(shelf.builtIn(REQUEST.model).length).toBeGreaterThan(5);
  });

  it("moves one within its folder", async () => {
    const [, , c] = shelf.own;
    if (c) await shelf.move(c, -1);
    expect(order()).toEqual(["c", "b", "a", "d"]);
  });

  it("moves nothing beyond the ends of a folder", async () => {
    const [first, alone] = shelf.own;
    if (first) await shelf.move(first, -1);
    if (alone) await shelf.move(alone, 1);
    expect(calls(backend, "arrangePresets")).toEqual([]);
  });

  it("gives what was deleted its place and its duty back", async () => {
    const c = shelf.find("c");
    if (c) await shelf.delete(c);
    expect(order()).toEqual(["a", "b", "d"]);
    expect(shelf.shelf.default).toBeNull();
    await shelf.restore();
    expect(order()).toEqual(["a", "b", "c", "d"]);
    expect(shelf.shelf.default).toBe("c");
    expect(shelf.removed).toBeNull();
  });

  it("puts a copy behind what it is of, and makes it the person's own", async () => {
    const a = shelf.find("a");
    const id = a ? await shelf.duplicate(a, "a, copy") : null;
    expect(order()).toEqual(["a", id, "b", "c", "d"]);
    expect(shelf.find(id)).toMatchObject({ name: "a, copy", builtIn: false });
  });

  it("says what went wrong, and is as it was", async () => {
    backend.deletePreset = () => Promise.reject(new IpcError({ code: "readOnly", message: "No.", detail: null }));
    const a = shelf.find("a");
    if (a) await shelf.delete(a);
    expect(shelf.problem?.code).toBe("readOnly");
    expect(order()).toEqual(["a", "b", "c", "d"]);
    expect(shelf.removed).toBeNull();
  });

  it("keeps the order of folders", () => {
    const names = grouped([preset("x", { folder: "B" }), preset("y", { folder: "A" })]).map(({ name }) => name);
    expect(names).toEqual(["B", "A"]);
  });
});

/** The layer, open over the whole page. */
async function openPresets(
  presets: Preset[],
  options: Partial<MockOptions> = {},
  more: Parameters<MockBackend["stock"]>[1] = {},
) {
  const backend = new MockBackend({ stepDelay: 1, ...options });
  backend.stock(presets, more);
  await openApp(options, backend);
  await fireEvent.click(screen.getByRole("button", { name: "Presets" }));
  const dialog = screen.getByRole("dialog", { name: "Presets" });
  return { backend, dialog: within(dialog), user: userEvent.setup() };
}

type Dialog = Awaited<ReturnType<typeof openPresets>>["dialog"];
const row = (dialog: Dialog, name: string) => dialog.findByRole("button", { name: new RegExp(`^${name}`) });
async function act(dialog: Dialog, name: string, item: string): Promise<void> {
  await fireEvent.click(await row(dialog, name));
  await fireEvent.click(dialog.getByRole("button", { name: `More for ${name}` }));
  await fireEvent.click(dialog.getByRole("menuitem", { name: item }));
}
const steps = () => screen.getByRole("spinbutton", { name: "Steps" });

describe("a preset", () => {
  it("shows what it would change, and changes that", async () => {
    const { dialog } = await openPresets([preset("Wide rain")]);
    await fireEvent.click(await row(dialog, "Wide rain"));
    const changes = dialog.getByRole("region", { name: "What will change" });
    await within(changes).findByText("832 × 1216");
    expect(changes).toHaveTextContent(/Steps\s*23\s*→\s*28/);
    await fireEvent.click(dialog.getByRole("button", { name: "Apply" }));
    expect(written()).toBe("rain");
    expect(steps()).toHaveValue(28);
    expect(screen.queryByRole("dialog", { name: "Presets" })).toBeNull();
  });

  it("is applied by part, and undone in one step", async () => {
    const { dialog } = await openPresets([preset("Wide rain")]);
    await fireEvent.click(await row(dialog, "Wide rain"));
    const parts = within(dialog.getByRole("group", { name: "Parts to apply" }));
    await fireEvent.click(parts.getByRole("button", { name: "Prompt" }));
    await fireEvent.click(parts.getByRole("button", { name: "Size" }));
    await waitFor(() =>
      expect(dialog.getByRole("region", { name: "What will change" })).not.toHaveTextContent("832 × 1216"),
    );
    await fireEvent.click(dialog.getByRole("button", { name: "Apply" }));
    expect(steps()).toHaveValue(28);
    expect(written()).toBe("");
    await fireEvent.keyDown(document.body, { key: "z", ctrlKey: true });
    expect(steps()).toHaveValue(23);
  });

  it("says what the draft has already", async () => {
    const { dialog } = await openPresets([preset("Same", { request: REQUEST })]);
    await fireEvent.click(await row(dialog, "Same"));
    expect(await dialog.findByText("Nothing: the draft has all of this already.")).toBeVisible();
  });

  it("is saved from the draft with a name, a folder, a colour, a picture and chosen parts", async () => {
    const { backend, dialog, user } = await openPresets([preset("old", { folder: "Styles" })], {
      images: [image("seen", { seed: 7 }), image("older", { seed: 8 })],
    });
    await user.click(dialog.getByRole("button", { name: "Save the draft…" }));
    const form = within(dialog.getByRole("group", { name: "Save as a preset" }));
    await user.type(form.getByRole("textbox", { name: "Name" }), "  Quiet  ");
    await user.type(form.getByRole("combobox", { name: "Folder" }), "Styles");
    await user.click(form.getByRole("radio", { name: "Teal" }));
    expect(form.getByRole("radio", { name: /seed 7/ })).toBeChecked();
    await user.click(form.getByRole("radio", { name: /seed 8/ }));
    await user.click(
      within(form.getByRole("group", { name: "What it holds" })).getByRole("button", { name: "Prompt" }),
    );
    await user.click(form.getByRole("button", { name: "Save" }));
    expect(await dialog.findByText("“Quiet” was saved.")).toBeVisible();
    expect(calls(backend, "savePreset")).toMatchObject([
      {
        name: "Quiet",
        folder: "Styles",
        colour: "teal",
        face: "older",
        parts: ["undesired", "settings", "size"],
        request: REQUEST,
        builtIn: false,
      },
    ]);
    expect(await row(dialog, "Quiet")).toHaveAttribute("aria-current", "true");
  });

  it("is not saved without a name or without a part", async () => {
    const { dialog } = await openPresets([]);
    await fireEvent.click(dialog.getByRole("button", { name: "Save the draft…" }));
    expect(dialog.getByRole("button", { name: "Save" })).toBeDisabled();
  });

  it("is renamed, brought up to date and duplicated", async () => {
    const { backend, dialog, user } = await openPresets([preset("One")]);
    await act(dialog, "One", "Edit…");
    const name = dialog.getByRole("textbox", { name: "Name" });
    await user.clear(name);
    await user.type(name, "First{Enter}");
    await act(dialog, "First", "Update from the draft");
    expect(await dialog.findByText("“First” is now what stands in the draft.")).toBeVisible();
    expect(calls(backend, "savePreset").at(-1)).toMatchObject({ name: "First", request: REQUEST });
    await act(dialog, "First", "Duplicate");
    expect(await row(dialog, "First, copy")).toBeVisible();
  });

  it("is deleted, and comes back by one click", async () => {
    const { backend, dialog } = await openPresets([preset("One"), preset("Two")]);
    await act(dialog, "One", "Delete");
    expect(await dialog.findByText("“One” was deleted.")).toBeVisible();
    expect(dialog.queryByRole("button", { name: /^One/ })).toBeNull();
    await fireEvent.click(dialog.getByRole("button", { name: "Undo" }));
    await row(dialog, "One");
    await waitFor(() => expect(calls(backend, "arrangePresets")).toEqual([{ ids: ["One", "Two"] }]));
  });

  it("is moved by Alt and an arrow", async () => {
    const { backend, dialog } = await openPresets([preset("One"), preset("Two")]);
    await fireEvent.keyDown(await row(dialog, "Two"), { key: "ArrowUp", altKey: true });
    await waitFor(() => expect(calls(backend, "arrangePresets")).toEqual([{ ids: ["Two", "One"] }]));
  });

  it("that can't be read is shown with the reason", async () => {
    const { dialog } = await openPresets([], {}, { broken: [{ fileName: "style.json", reason: "line 4: no preset" }] });
    expect(await dialog.findByText("style.json")).toBeVisible();
    expect(dialog.getByText("line 4: no preset")).toBeVisible();
  });

  it("that comes with the app can be copied, and not changed", async () => {
    const { dialog } = await openPresets([], {}, { base: REQUEST });
    await fireEvent.click(await row(dialog, "Fewer steps"));
    await fireEvent.click(dialog.getByRole("button", { name: "More for Fewer steps" }));
    expect(dialog.queryByRole("menuitem", { name: "Delete" })).toBeNull();
    await fireEvent.click(dialog.getByRole("menuitem", { name: "Duplicate" }));
    expect(await row(dialog, "Fewer steps, copy")).toBeVisible();
  });

  it("for new drafts is what a new draft is", async () => {
    const { dialog } = await openPresets([preset("Mine")]);
    await act(dialog, "Mine", "Use for new drafts");
    await fireEvent.click(dialog.getByRole("button", { name: "Close" }));
    await fireEvent.click(screen.getByRole("button", { name: "More for this draft" }));
    await fireEvent.click(screen.getByRole("menuitem", { name: "New draft" }));
    await waitFor(() => expect(written()).toBe("rain"));
  });

  it("for new drafts is what the first draft is", async () => {
    const backend = new MockBackend();
    backend.stock([preset("Mine")], { default: "Mine" });
    await openApp({}, backend);
    expect(written()).toBe("rain");
  });
});

describe("presets", () => {
  it("are exported, all or chosen ones", async () => {
    const { backend, dialog } = await openPresets([preset("One"), preset("Two"), preset("Three")]);
    await row(dialog, "One");
    const menu = async (item: string) => {
      await fireEvent.click(dialog.getByRole("button", { name: "More for presets" }));
      await fireEvent.click(dialog.getByRole("menuitem", { name: item }));
    };
    await menu("Export all…");
    await menu("Choose some to export");
    await fireEvent.click(dialog.getByRole("checkbox", { name: "Choose Two" }));
    await fireEvent.click(dialog.getByRole("button", { name: "Export one preset…" }));
    expect(calls(backend, "exportPresets")).toEqual([{ ids: ["One", "Two", "Three"] }, { ids: ["Two"] }]);
    expect(await dialog.findByText("Exported.")).toBeVisible();
  });

  it("are imported, and what is refused says why", async () => {
    const { backend, dialog } = await openPresets([]);
    backend.next.import = {
      added: 1,
      refused: [{ name: "b.json", reason: "no preset" }],
      shelf: { presets: [preset("New")], broken: [], default: null },
    };
    await fireEvent.click(dialog.getByRole("button", { name: "More for presets" }));
    await fireEvent.click(dialog.getByRole("menuitem", { name: "Import…" }));
    expect(await dialog.findByText("One preset was added.")).toBeVisible();
    expect(dialog.getByText("b.json: no preset")).toBeVisible();
    expect(await row(dialog, "New")).toBeVisible();
  });

  it("are made from the picture in sight, or the picture says nothing", async () => {
    const { backend, dialog } = await openPresets([], { images: [image("seen")] });
    const fromPicture = async () => {
      await fireEvent.click(dialog.getByRole("button", { name: "More for presets" }));
      await fireEvent.click(dialog.getByRole("menuitem", { name: "From the picture in sight…" }));
    };
    await fromPicture();
    expect(await dialog.findByText("This picture does not say how it was made.")).toBeVisible();
    backend.next.settings = {
      request: { ...REQUEST, samples: 2 },
      parts: ["prompt", "settings"],
      seed: 7,
      notTaken: ["vibes"],
    };
    await fromPicture();
    expect(await dialog.findByText("Not taken over from the picture: vibes")).toBeVisible();
    await userEvent.type(dialog.getByRole("textbox", { name: "Name" }), "Seen{Enter}");
    await row(dialog, "Seen");
    expect(calls(backend, "savePreset")).toMatchObject([
      { face: "seen", parts: ["prompt", "settings"], request: { samples: 2 } },
    ]);
  });

  it("by the hundred are all there, and found by a word", async () => {
    const { dialog } = await openPresets(somePresets(100));
    await waitFor(() => expect(dialog.getAllByRole("button", { name: /Rain in neon/ }).length).toBe(17));
    expect(dialog.getAllByRole("listitem")).toHaveLength(100);
    await fireEvent.input(dialog.getByRole("searchbox"), { target: { value: "谷 places" } });
    expect(dialog.getAllByRole("listitem").length).toBeLessThan(20);
    await fireEvent.input(dialog.getByRole("searchbox"), { target: { value: "zebra" } });
    expect(dialog.getByText("No preset is called that.")).toBeVisible();
  });
});
