// The cast in the whole page: cards, stage, and the draft that both write.

import { fireEvent, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";

import type { Character, GenerateRequest } from "../../ipc";
import { IpcError } from "../../ipc";
import type { MockBackend } from "../../ipc/mock/backend";
import { catalogue } from "../../ipc/mock/catalogue";
import { calls, openApp } from "../../test/app";
import { broken } from "../../test/axe";
import { type } from "../../test/prompt";
import { REQUEST } from "../../test/values";

const V5 = "nai-diffusion-5-full";
const V45 = "nai-diffusion-4-5-full";
const V3 = "nai-diffusion-3";

function character(name: string, changes: Partial<Character> = {}): Character {
  return { prompt: `girl, ${name}`, undesired: "", position: { x: 0.5, y: 0.5 }, enabled: true, name, ...changes };
}

const MIRA = character("Mira", { position: { x: 0.312, y: 0.54 } });
const STRANGER = character("Stranger", { prompt: "boy, umbrella", position: { x: 0.744, y: 0.41 } });

const open = (characters: Character[], changes: Partial<GenerateRequest> = {}) =>
  openApp({ draft: { ...REQUEST, characters, ...changes } });

const cards = () => screen.queryAllByTestId("character");
const section = () => within(screen.getByRole("region", { name: "Characters" }));
const press = (name: string | RegExp) => fireEvent.click(section().getByRole("button", { name }));

/** What would be sent: the draft as it goes to the shell when the page goes away. */
function draft(backend: MockBackend): GenerateRequest {
  window.dispatchEvent(new Event("pagehide"));
  return calls(backend, "saveDraft").at(-1) as GenerateRequest;
}

const castOf = (backend: MockBackend) => draft(backend).characters ?? [];
const namesOf = (backend: MockBackend) => castOf(backend).map(({ name }) => name);

async function add(kind: string): Promise<void> {
  await press("Add character");
  await fireEvent.click(section().getByRole("menuitem", { name: kind, hidden: true }));
}

describe.each(catalogue.models)("characters of $shortName", ({ id, maxCharacters, shortName, positions }) => {
  it(maxCharacters > 0 ? "can be added" : "are off, with the reason and the model that helps", async () => {
    await open([], { model: id });
    if (maxCharacters > 0) {
      expect(section().getByRole("button", { name: "Add character" })).toBeEnabled();
      return;
    }
    expect(screen.getByTestId("characters-off")).toHaveTextContent(
      `${shortName} has no characters with prompts of their own.`,
    );
    expect(section().queryByRole("button", { name: "Add character" })).toBeNull();
    await press("Use V5 Full");
    expect(section().getByRole("button", { name: "Add character" })).toBeEnabled();
  });

  it("are placed as it places them", async () => {
    await open([MIRA, STRANGER], { model: id });
    const said = { free: "0.312 · 0.540", grid: "B3", none: null }[positions];
    if (said === null) expect(screen.queryByText(/0\.312|B3/)).toBeNull();
    else expect(section().getByRole("button", { name: `${said}: place Mira on the picture` })).toHaveTextContent(said);
    await fireEvent.click(screen.getByRole("tab", { name: "Characters" }));
    expect(screen.queryAllByTestId("marker")).toHaveLength(positions === "none" ? 0 : 2);
  });
});

describe.each(catalogue.models.filter(({ maxCharacters }) => maxCharacters > 0))(
  "characters of $shortName",
  ({ id, maxCharacters, shortName }) => {
    it("are no more than it takes, and it says so", async () => {
      const full = Array.from({ length: maxCharacters }, (_, index) => character(`No ${index}`));
      await open(full, { model: id });
      expect(section().getByText(`${shortName} takes ${maxCharacters} characters, and has them.`)).toBeVisible();
      expect(section().queryByRole("button", { name: "Add character" })).toBeNull();
      await fireEvent.click(section().getByRole("button", { name: "Edit No 0" }));
      expect(section().getByRole("button", { name: "Duplicate" })).toBeDisabled();
    });
  },
);

describe("a character", () => {
  it.each([
    ["Girl", "girl, "],
    ["Boy", "boy, "],
    ["Other", "other, "],
  ])("begins as %s, opened, with the caret in its text", async (kind, prompt) => {
    const backend = await open([], { model: V45 });
    await add(kind);
    const field = section().getByRole("textbox", { name: "Character 1: prompt" });
    await waitFor(() => expect(field).toHaveFocus());
    expect(castOf(backend)).toEqual([{ prompt, undesired: "", position: { x: 0.5, y: 0.5 }, enabled: true }]);
    expect(draft(backend).aiChoice).toBe(true);
  });

  it("is written, named, and left out", async () => {
    const backend = await open([MIRA]);
    const user = userEvent.setup();
    await user.click(section().getByRole("button", { name: "Edit Mira" }));
    // happy-dom tells of selections in the middle of an update, where the editor has the focus.
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    type(", red scarf", "Mira: prompt");
    type("hat", "Mira: Undesired Content");
    await user.clear(section().getByRole("textbox", { name: "Name" }));
    await user.type(section().getByRole("textbox", { name: "Name" }), "ミラ");
    await user.click(section().getByRole("button", { name: "Leave ミラ out" }));
    expect(castOf(backend)).toEqual([
      { ...MIRA, name: "ミラ", prompt: "girl, Mira, red scarf", undesired: "hat", enabled: false },
    ]);
    await user.click(section().getByRole("button", { name: "Fold ミラ" }));
    await waitFor(() => expect(section().getByRole("button", { name: "Edit ミラ" })).toHaveFocus());
  });

  it("is duplicated beside itself, in a place of its own", async () => {
    const backend = await open([MIRA, STRANGER]);
    await press("Edit Mira");
    await press("Duplicate");
    expect(namesOf(backend)).toEqual(["Mira", "Mira, copy", "Stranger"]);
    expect(castOf(backend)[1]?.position).toEqual({ x: 0.5, y: 0.5 });
  });

  it("is deleted, and comes back where it was", async () => {
    const backend = await open([MIRA, STRANGER]);
    await press("Edit Mira");
    await press("Delete");
    expect(namesOf(backend)).toEqual(["Stranger"]);
    const undo = section().getByRole("button", { name: "Undo" });
    await waitFor(() => expect(undo).toHaveFocus());
    await fireEvent.click(undo);
    expect(castOf(backend)).toEqual([MIRA, STRANGER]);
  });

  it("moves in the list by arrow keys, keeps its card and its colour, and says where it is", async () => {
    const backend = await open([MIRA, STRANGER, character("Cat")]);
    const [mira] = cards();
    const handle = section().getByRole("button", { name: "Move Mira" });
    handle.focus();
    await userEvent.keyboard("{ArrowDown}{ArrowDown}{ArrowDown}");
    expect(namesOf(backend)).toEqual(["Stranger", "Cat", "Mira"]);
    expect(cards()[2]).toBe(mira);
    expect(section().getByText("Mira is now 3 of 3")).toBeInTheDocument();
    await waitFor(() => expect(section().getByRole("button", { name: "Move Mira" })).toHaveFocus());
  });

  it("moves in the list by dragging, and stays where it was when Escape is pressed", async () => {
    const backend = await open([MIRA, STRANGER, character("Cat")]);
    const place = () =>
      cards().forEach((card, index) => {
        card.getBoundingClientRect = () => new DOMRect(0, index * 60, 300, 52);
      });
    place();
    const handle = section().getByRole("button", { name: "Move Mira" });
    await fireEvent.pointerDown(handle, { button: 0, clientY: 20 });
    await fireEvent.pointerMove(window, { clientY: 100 });
    expect(cards().map((card) => card.textContent.includes("Mira"))).toEqual([false, true, false]);
    await fireEvent.keyDown(window, { key: "Escape" });
    expect(cards()[0]).toHaveTextContent("Mira");
    place();
    await fireEvent.pointerDown(handle, { button: 0, clientY: 20 });
    await fireEvent.pointerMove(window, { clientY: 170 });
    await fireEvent.pointerUp(window);
    expect(namesOf(backend)).toEqual(["Stranger", "Cat", "Mira"]);
  });

  it("says whom it acts on", async () => {
    await open([
      character("Mira", { prompt: "girl, source#hug" }),
      character("Cat", { prompt: "cat, target#hug" }),
      character("Dog", { prompt: "dog, source#bark" }),
    ]);
    expect(cards().map((card) => card.querySelector(".deeds")?.textContent.trim())).toEqual([
      "hug → Cat",
      "hug ← Mira",
      "bark: nobody answers",
    ]);
  });

  it("that this model can't have is kept until the person removes it", async () => {
    const backend = await open([MIRA], { model: V3 });
    expect(cards()).toHaveLength(1);
    await press("Remove them");
    expect(castOf(backend)).toEqual([]);
  });
});

describe("a saved cast", () => {
  it("is kept under a name, and brought back by the shell's own rules", async () => {
    const backend = await open([MIRA, STRANGER]);
    const user = userEvent.setup();
    await press("Casts");
    const dialog = screen.getByRole("dialog", { name: "Saved casts" });
    await user.type(within(dialog).getByLabelText("Keep the characters in the recipe"), "Rain");
    await user.click(within(dialog).getByRole("button", { name: "Keep" }));
    expect(calls(backend, "savePreset")).toMatchObject([{ name: "Rain", parts: ["characters"], builtIn: false }]);
    vi.spyOn(backend, "previewPreset").mockResolvedValue({
      carried: {
        request: { ...REQUEST, characters: [STRANGER], aiChoice: true },
        notes: [{ field: "characters", from: "Mira", to: null }],
      },
      changes: [],
    });
    await user.click(await within(dialog).findByRole("button", { name: /^Rain/ }));
    await waitFor(() => expect(namesOf(backend)).toEqual(["Stranger"]));
    expect(section().getByText("Left out for this model: Mira.")).toBeVisible();
  });

  it("that can't be kept says why, and loses nothing", async () => {
    const backend = await open([MIRA]);
    backend.savePreset = () =>
      Promise.reject(new IpcError({ code: "diskFull", message: "No space left.", detail: null }));
    const user = userEvent.setup();
    await press("Casts");
    const dialog = screen.getByRole("dialog", { name: "Saved casts" });
    await user.type(within(dialog).getByLabelText("Keep the characters in the recipe"), "Rain");
    await user.click(within(dialog).getByRole("button", { name: "Keep" }));
    expect(await within(dialog).findByRole("alert")).toHaveTextContent("The disk is full. No space left.");
    expect(within(dialog).getByLabelText("Keep the characters in the recipe")).toHaveValue("Rain");
  });
});

describe("the stage", () => {
  const marker = (name: string) => screen.getByRole("button", { name: new RegExp(`^${name}, `) });
  const place = (name: string) => marker(name).getAttribute("aria-label")?.replace(`${name}, `, "");

  async function openStage(characters: Character[], changes: Partial<GenerateRequest> = {}): Promise<MockBackend> {
    const backend = await open(characters, changes);
    await fireEvent.click(screen.getByRole("tab", { name: "Characters" }));
    screen.getByTestId("stage-frame").getBoundingClientRect = () => new DOMRect(100, 100, 400, 600);
    for (const dot of screen.queryAllByTestId("marker")) {
      dot.getBoundingClientRect = () => new DOMRect(0, 0, 0, 0);
      dot.setPointerCapture = () => undefined;
    }
    return backend;
  }

  async function drag(name: string, x: number, y: number, alt = false): Promise<void> {
    await fireEvent.pointerDown(marker(name), { button: 0, clientX: 0, clientY: 0 });
    await fireEvent.pointerMove(marker(name), { clientX: x, clientY: y, altKey: alt });
    await fireEvent.pointerUp(marker(name));
  }

  it("is reached from a card, which stays chosen", async () => {
    await open([MIRA, STRANGER]);
    await press(/place Stranger on the picture/);
    expect(screen.getByRole("tab", { name: "Characters" })).toHaveAttribute("aria-selected", "true");
    expect(marker("Stranger")).toHaveAttribute("aria-pressed", "true");
  });

  it("opens the card of whom is chosen on it", async () => {
    await openStage([MIRA, STRANGER]);
    await fireEvent.click(marker("Stranger"));
    expect(section().getByRole("textbox", { name: "Stranger: prompt" })).toBeVisible();
  });

  it.each([
    ["{ArrowRight}", "0.322 · 0.540"],
    ["{ArrowUp}", "0.312 · 0.530"],
    ["{Shift>}{ArrowDown}{/Shift}", "0.312 · 0.640"],
    ["{Alt>}{ArrowLeft}{/Alt}", "0.311 · 0.540"],
  ])("moves by %s to %s where places are free, and says so", async (keys, to) => {
    const backend = await openStage([MIRA, STRANGER], { model: V5, aiChoice: true });
    marker("Mira").focus();
    await userEvent.keyboard(keys);
    expect(place("Mira")).toBe(to);
    expect(screen.getByText(`Mira is at ${to}`)).toBeInTheDocument();
    expect(draft(backend).aiChoice).toBe(false);
  });

  it.each([
    ["{ArrowRight}", "C3"],
    ["{Shift>}{ArrowUp}{/Shift}", "B1"],
    ["{ArrowLeft}{ArrowLeft}{ArrowLeft}", "A3"],
  ])("moves by %s to %s on the grid", async (keys, to) => {
    await openStage([MIRA, STRANGER], { model: V45 });
    marker("Mira").focus();
    await userEvent.keyboard(keys);
    expect(place("Mira")).toBe(to);
  });

  it("draws a dragged one to a third, or not while Alt is held", async () => {
    const backend = await openStage([MIRA, STRANGER]);
    await drag("Mira", 100 + 0.34 * 400, 100 + 0.8 * 600);
    expect(castOf(backend)[0]?.position).toEqual({ x: 0.333, y: 0.8 });
    await drag("Mira", 100 + 0.34 * 400, 100 + 0.8 * 600, true);
    expect(castOf(backend)[0]?.position).toEqual({ x: 0.34, y: 0.8 });
    expect(marker("Mira")).toHaveAttribute("aria-pressed", "true");
  });

  it("keeps a dragged one on the picture, and on the grid in the middle of its cell", async () => {
    const backend = await openStage([MIRA, STRANGER], { model: V45 });
    await drag("Mira", 5000, -20);
    expect(castOf(backend)[0]?.position).toEqual({ x: 0.9, y: 0.1 });
  });

  it("swaps two at once, and of three the two that are pointed at", async () => {
    const backend = await openStage([MIRA, STRANGER]);
    await fireEvent.click(marker("Mira"));
    await fireEvent.click(screen.getByRole("button", { name: "Swap" }));
    expect(castOf(backend).map(({ position }) => position)).toEqual([STRANGER.position, MIRA.position]);
  });

  it("asks whom to swap with, and forgets it on Escape", async () => {
    const backend = await openStage([MIRA, STRANGER, character("Cat", { position: { x: 0.1, y: 0.1 } })]);
    await fireEvent.click(marker("Mira"));
    await fireEvent.click(screen.getByRole("button", { name: "Swap" }));
    expect(screen.getByText("With whom? Click the other one.")).toBeVisible();
    await fireEvent.keyDown(marker("Mira"), { key: "Escape" });
    expect(screen.queryByText("With whom? Click the other one.")).toBeNull();
    await fireEvent.click(screen.getByRole("button", { name: "Swap" }));
    await fireEvent.click(marker("Cat"));
    expect(castOf(backend).map(({ position }) => position)).toEqual([
      { x: 0.1, y: 0.1 },
      STRANGER.position,
      MIRA.position,
    ]);
    expect(screen.getByText("Mira and Cat have swapped places")).toBeInTheDocument();
  });

  it("warns of two in one place, but not of one that is left out, nor where the model places them", async () => {
    await openStage([character("Mira"), character("Cat")]);
    expect(screen.getByText(/Mira and Cat stand in the same place/)).toBeVisible();
    await press("Leave Cat out");
    expect(screen.queryByText(/stand in the same place/)).toBeNull();
    await press("Take Cat in again");
    await fireEvent.click(screen.getByRole("switch", { name: "AI’s choice" }));
    expect(screen.queryByText(/stand in the same place/)).toBeNull();
  });

  it("leaves the places to the model, and keeps them", async () => {
    const backend = await openStage([MIRA, STRANGER]);
    await fireEvent.click(screen.getByRole("switch", { name: "AI’s choice" }));
    expect(draft(backend).aiChoice).toBe(true);
    expect(castOf(backend)).toEqual([MIRA, STRANGER]);
    expect(section().getByRole("button", { name: "AI’s choice" })).toHaveAttribute("aria-pressed", "true");
  });

  it("places one that has no place yet", async () => {
    const backend = await openStage([MIRA, character("Cat", { position: null })]);
    await fireEvent.click(screen.getByRole("button", { name: "Place Cat" }));
    expect(castOf(backend)[1]?.position).toEqual({ x: 0.5, y: 0.5 });
  });

  it("takes typed numbers", async () => {
    const backend = await openStage([MIRA, STRANGER]);
    await fireEvent.click(marker("Mira"));
    await fireEvent.change(screen.getByRole("spinbutton", { name: "Mira: from the left" }), {
      target: { value: "1.7" },
    });
    expect(castOf(backend)[0]?.position).toEqual({ x: 1, y: 0.54 });
  });

  it("changes with the tabs by arrow keys", async () => {
    await open([MIRA]);
    screen.getByRole("tab", { name: "Result" }).focus();
    await userEvent.keyboard("{ArrowRight}");
    expect(screen.getByRole("tab", { name: "Inpaint" })).toHaveFocus();
    await userEvent.keyboard("{ArrowRight}");
    expect(screen.getByRole("tab", { name: "Characters" })).toHaveFocus();
    expect(screen.getByRole("tabpanel", { name: "Characters" })).toBeVisible();
  });

  it("cancels no picture when Escape leaves an open card", async () => {
    await openStage([MIRA]);
    expect(document.querySelector("[aria-haspopup][aria-expanded=true]")).toBeNull();
  });
});

describe("axe finds nothing in", () => {
  it.each([
    ["open cards", V5, [MIRA, STRANGER], false],
    ["a stage with free places", V5, [MIRA, STRANGER], true],
    ["a stage with a grid", V45, [MIRA, character("Cat", { position: null, enabled: false })], true],
    ["a model without characters", V3, [MIRA], true],
    ["an empty stage", V5, [], true],
  ])("%s", async (_name, model, characters, staged) => {
    await open(characters, { model });
    const [first] = section().queryAllByRole("button", { name: /^Edit / });
    if (first) await fireEvent.click(first);
    if (staged) await fireEvent.click(screen.getByRole("tab", { name: "Characters" }));
    expect(await broken()).toEqual([]);
  });

  it("the saved casts", async () => {
    await open([MIRA]);
    await press("Casts");
    expect(await broken()).toEqual([]);
  });
});
