import { fireEvent, render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { tick } from "svelte";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import App from "../App.svelte";
import { IpcError, standIn } from "../ipc";
import { ACCOUNT, MockBackend } from "../ipc/mock/backend";
import { SETTINGS } from "../ipc/mock/presets";
import { calls, enqueued, openApp } from "./app";
import { fill, type, written } from "./prompt";
import { image, job, REQUEST } from "./values";

const generateButton = () => screen.getByRole("button", { name: /^Generate/ });
const priced = () => waitFor(() => expect(generateButton()).toHaveTextContent("free · V5 allowance"));
const describing = (control: HTMLElement) =>
  document.getElementById(control.getAttribute("aria-describedby") ?? "") ?? document.body;
const idle = () => screen.findByText("Nothing in the queue");

describe("Generate", () => {
  it("queues what stands in the draft, and shows the picture", async () => {
    const backend = await openApp();
    const user = userEvent.setup();
    type("layered hills");
    type("crowd", "Undesired Content");
    await priced();
    await user.click(generateButton());
    expect(await screen.findAllByTestId("history-item")).toHaveLength(1);
    const [asked] = calls(backend, "enqueue") as [{ request: typeof REQUEST }];
    expect(asked.request.prompt).toMatchObject({ text: "layered hills", undesired: "crowd" });
    expect(enqueued(backend)).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    await idle();
  });

  it("makes one job of a double click", async () => {
    const backend = await openApp();
    await priced();
    await userEvent.setup().dblClick(generateButton());
    await screen.findAllByTestId("history-item");
    expect(enqueued(backend)).toHaveLength(1);
  });

  it("makes one job of two clicks while the first is being taken", async () => {
    const backend = await openApp();
    await priced();
    await Promise.all([fireEvent.click(generateButton()), fireEvent.click(generateButton())]);
    await screen.findAllByTestId("history-item");
    expect(enqueued(backend)).toHaveLength(1);
  });

  it("makes two jobs of two clicks, each with an id of its own", async () => {
    const backend = await openApp();
    await priced();
    await fireEvent.click(generateButton());
    await screen.findAllByTestId("history-item");
    await fireEvent.click(generateButton());
    await waitFor(() => expect(new Set(enqueued(backend)).size).toBe(2));
    await idle();
  });

  it.each([{ ctrlKey: true }, { metaKey: true }])("is also %o and Enter", async (modifier) => {
    const backend = await openApp();
    await priced();
    await fireEvent.keyDown(screen.getByRole("textbox", { name: "Prompt" }), { key: "Enter", ...modifier });
    await waitFor(() => expect(enqueued(backend)).toHaveLength(1));
    await idle();
  });

  it("is also Ctrl and Enter while words are offered and notes are unfolded", async () => {
    const backend = await openApp();
    type("rain, rain, blu");
    await waitFor(() => expect(document.querySelector(".prompt-offers li")).not.toBeNull());
    await fireEvent.click(await screen.findByRole("button", { name: "1 hint" }));
    await priced();
    await fireEvent.keyDown(screen.getByRole("textbox", { name: "Prompt" }), { key: "Enter", ctrlKey: true });
    await waitFor(() => expect(enqueued(backend)).toHaveLength(1));
    await idle();
  });

  it.each([
    ["Enter alone", { key: "Enter" }],
    ["Enter while composing", { key: "Enter", ctrlKey: true, isComposing: true }],
    ["the Enter that ends a composition", { key: "Enter", ctrlKey: true, keyCode: 229 }],
    ["a key held down", { key: "Enter", ctrlKey: true, repeat: true }],
  ])("is not %s", async (_name, event) => {
    const backend = await openApp();
    await priced();
    await fireEvent.keyDown(screen.getByRole("textbox", { name: "Prompt" }), event);
    await fireEvent.keyDown(screen.getByRole("textbox", { name: "Prompt" }), event);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(enqueued(backend)).toHaveLength(0);
  });

  it("commits a number being typed before it generates", async () => {
    const backend = await openApp();
    const user = userEvent.setup();
    const steps = screen.getByRole("spinbutton", { name: "Steps" });
    await user.clear(steps);
    await user.type(steps, "12{Control>}{Enter}{/Control}");
    await waitFor(() => expect(enqueued(backend)).toHaveLength(1));
    const [asked] = calls(backend, "enqueue") as [{ request: typeof REQUEST }];
    expect(asked.request.sampling.steps).toBe(12);
    await idle();
  });

  it("does not spend more than what stood on the button", async () => {
    const backend = await openApp();
    await priced();
    backend.estimate = () => Promise.resolve({ anlas: 26, full: 26, free: null, parts: [] });
    await fireEvent.click(generateButton());
    await screen.findByText("The price has changed to 26 Anlas. Press Generate again if that is fine.");
    expect(enqueued(backend)).toHaveLength(0);
    await fireEvent.click(generateButton());
    await waitFor(() => expect(enqueued(backend)).toHaveLength(1));
    await idle();
  });

  it("says the number of pictures, the price, and when there are not enough Anlas", async () => {
    await openApp({ account: { ...ACCOUNT, tier: "tablet", anlas: 60, allowance: null } });
    await fireEvent.change(screen.getByRole("spinbutton", { name: "Pictures" }), { target: { value: "4" } });
    await waitFor(() => expect(generateButton()).toHaveAccessibleName("Generate 4 pictures 104 Anlas"));
    expect(screen.getByText("The account has 60 Anlas")).toBeVisible();
  });

  it("waits until what can't be sent is mended, with one click beside the field", async () => {
    const backend = await openApp();
    await fireEvent.change(screen.getByRole("spinbutton", { name: "Pictures" }), { target: { value: "8" } });
    const mend = await screen.findByRole("button", { name: "Use 4" });
    expect(generateButton()).toHaveAttribute("aria-disabled", "true");
    await fireEvent.click(generateButton());
    expect(enqueued(backend)).toHaveLength(0);
    await fireEvent.click(mend);
    expect(screen.getByRole("spinbutton", { name: "Pictures" })).toHaveValue(4);
    await waitFor(() => expect(generateButton()).toHaveAttribute("aria-disabled", "false"));
  });
});

describe("a price above the person's limit", () => {
  const asks = { settings: { ...SETTINGS, askAbove: 50 } };
  const dear = async () => {
    await fireEvent.change(screen.getByRole("spinbutton", { name: "Pictures" }), { target: { value: "4" } });
    await waitFor(() => expect(generateButton()).toHaveTextContent("78 Anlas"));
  };
  const asked = () => screen.findByRole("button", { name: /^Yes, generate 4 pictures/ });
  /** Long enough to have read the price. */
  const later = () => vi.spyOn(performance, "now").mockReturnValue(performance.now() + 1000);

  it("takes a second press", async () => {
    const backend = await openApp(asks);
    await dear();
    await fireEvent.click(generateButton());
    const yes = await asked();
    expect(screen.getByText(/more than 50 Anlas/)).toBeVisible();
    expect(enqueued(backend)).toHaveLength(0);
    later();
    await fireEvent.click(yes);
    await waitFor(() => expect(enqueued(backend)).toHaveLength(1));
    await idle();
  });

  it("takes it by keyboard too, and not from a key that is pressed twice in one go", async () => {
    const backend = await openApp(asks);
    await dear();
    const press = () => fireEvent.keyDown(document.body, { key: "Enter", ctrlKey: true });
    await press();
    await asked();
    await press();
    await asked();
    expect(enqueued(backend)).toHaveLength(0);
    later();
    await press();
    await waitFor(() => expect(enqueued(backend)).toHaveLength(1));
    await idle();
  });

  it.each([
    ["Escape", () => fireEvent.keyDown(document.body, { key: "Escape" })],
    ["a click", () => fireEvent.click(screen.getByRole("button", { name: "Don’t" }))],
    ["a change of the draft", () => fireEvent.click(screen.getByRole("button", { name: "Furry" }))],
  ])("is given up by %s", async (_name, dont) => {
    const backend = await openApp(asks);
    await dear();
    await fireEvent.click(generateButton());
    await asked();
    await dont();
    await waitFor(() => expect(screen.queryByRole("button", { name: /^Yes/ })).toBeNull());
    expect(enqueued(backend)).toHaveLength(0);
  });

  it("is set in the settings, and kept", async () => {
    const backend = await openApp();
    await fireEvent.click(screen.getByRole("button", { name: "Settings" }));
    const field = screen.getByRole("spinbutton", { name: "Ask before spending more than" });
    await fireEvent.change(field, { target: { value: "30" } });
    await waitFor(() => expect(calls(backend, "saveSettings")).toEqual([{ ...SETTINGS, askAbove: 30 }]));
    await fireEvent.change(field, { target: { value: "" } });
    await waitFor(() => expect(calls(backend, "saveSettings")).toHaveLength(2));
    expect(calls(backend, "saveSettings")[1]).toEqual(SETTINGS);
  });
});

describe("what Opus includes", () => {
  it("is left with a warning, and one click leads back", async () => {
    await openApp();
    await priced();
    await fireEvent.change(screen.getByRole("spinbutton", { name: "Steps" }), { target: { value: "40" } });
    expect(await screen.findByText("Opus includes up to 28 steps.")).toBeVisible();
    await fireEvent.click(screen.getByRole("button", { name: "Back to 28" }));
    await priced();
    expect(screen.queryByText("Opus includes up to 28 steps.")).toBeNull();
  });

  it("leads back to the size that was there before", async () => {
    await openApp();
    await fireEvent.click(screen.getByRole("radio", { name: "Square" }));
    await priced();
    await fireEvent.click(screen.getByRole("option", { name: /^Large/ }));
    await fireEvent.click(await screen.findByRole("button", { name: "Back to 1024 × 1024" }));
    await priced();
  });

  it("is no reason to warn someone who has no Opus", async () => {
    await openApp({ account: { ...ACCOUNT, tier: "tablet", allowance: null } });
    await fireEvent.change(screen.getByRole("spinbutton", { name: "Steps" }), { target: { value: "40" } });
    await waitFor(() => expect(generateButton()).toHaveTextContent(/\d+ Anlas/));
    expect(screen.queryByText(/Opus includes up to/)).toBeNull();
  });

  it("and what is paid beside it are told apart on the button", async () => {
    await openApp();
    await fireEvent.change(screen.getByRole("spinbutton", { name: "Pictures" }), { target: { value: "3" } });
    await waitFor(() => expect(generateButton()).toHaveTextContent("52 Anlas"));
    await fireEvent.pointerEnter(generateButton());
    const parts = await screen.findByRole("tooltip");
    expect(parts).toHaveTextContent(/1 picture included.*free.*2 pictures.*26 each.*52.*Together.*52 Anlas/s);
    expect(generateButton()).toHaveAttribute("aria-describedby", parts.id);
  });
});

describe("a size of one's own", () => {
  it("is kept under a name, found again, changed and deleted", async () => {
    const backend = await openApp();
    const user = userEvent.setup();
    const width = screen.getByRole("spinbutton", { name: "Width" });
    await fireEvent.change(width, { target: { value: "1024" } });
    await user.click(await screen.findByRole("button", { name: "Keep this size under a name" }));
    await user.type(screen.getByRole("textbox", { name: "Name of this size" }), "Nearly square{Enter}");
    await waitFor(() =>
      expect(calls(backend, "saveSettings").at(-1)).toMatchObject({
        sizes: [{ name: "Nearly square", width: 1024, height: 1216 }],
      }),
    );
    await user.click(await screen.findByRole("button", { name: "Change the size “Nearly square”" }));
    await fireEvent.change(screen.getByRole("spinbutton", { name: "Height of the own size" }), {
      target: { value: "1100" },
    });
    await user.click(screen.getByRole("button", { name: "Keep" }));
    await waitFor(() =>
      expect(calls(backend, "saveSettings").at(-1)).toMatchObject({
        sizes: [{ name: "Nearly square", width: 1024, height: 1088 }],
      }),
    );
    await waitFor(() => expect(screen.getByRole("radio", { name: "Nearly square" })).toBeChecked());
    await user.click(screen.getByRole("button", { name: "Change the size “Nearly square”" }));
    await user.click(screen.getByRole("button", { name: "Delete" }));
    await waitFor(() => expect(calls(backend, "saveSettings").at(-1)).toMatchObject({ sizes: [] }));
  });
});

describe("time", () => {
  it("goes back and forth by keyboard outside of text, and is the text's own within it", async () => {
    await openApp();
    await fireEvent.click(screen.getByRole("button", { name: "Furry" }));
    const furry = screen.getByRole("button", { name: "Furry" });
    await fireEvent.keyDown(screen.getByRole("spinbutton", { name: "Steps" }), { key: "z", ctrlKey: true });
    expect(furry).toHaveAttribute("aria-pressed", "true");
    await fireEvent.keyDown(furry, { key: "z", ctrlKey: true });
    expect(furry).toHaveAttribute("aria-pressed", "false");
    await fireEvent.keyDown(furry, { key: "Z", ctrlKey: true, shiftKey: true });
    expect(furry).toHaveAttribute("aria-pressed", "true");
    await fireEvent.keyDown(document.body, { key: "z", metaKey: true });
    await fireEvent.keyDown(document.body, { key: "y", ctrlKey: true });
    expect(furry).toHaveAttribute("aria-pressed", "true");
  });

  it("leads through sent drafts, and back to the one being written", async () => {
    const backend = await openApp();
    const prompt = screen.getByRole("textbox", { name: "Prompt" });
    fill("rain");
    await priced();
    await fireEvent.click(generateButton());
    await waitFor(() => expect(enqueued(backend)).toHaveLength(1));
    fill("snow");
    await fireEvent.keyDown(prompt, { key: "ArrowUp", altKey: true });
    await waitFor(() => expect(written()).toBe("rain"));
    await fireEvent.keyDown(prompt, { key: "ArrowDown", altKey: true });
    await waitFor(() => expect(written()).toBe("snow"));
    await idle();
  });
});

describe("the recipe", () => {
  it("snaps a typed side and says why", async () => {
    await openApp();
    await fireEvent.change(screen.getByRole("spinbutton", { name: "Width" }), { target: { value: "1000" } });
    expect(screen.getByText("Sides are multiples of 64, so 1,000 became 1,024.")).toBeVisible();
    await waitFor(() => expect(screen.getByRole("spinbutton", { name: "Width" })).toHaveValue(1024));
  });

  it("offers the nearest size for one that is too large", async () => {
    await openApp();
    await fireEvent.change(screen.getByRole("spinbutton", { name: "Width" }), { target: { value: "3072" } });
    await fireEvent.click(await screen.findByRole("button", { name: "Use 3072 × 1024" }));
    expect(screen.getByRole("spinbutton", { name: "Height" })).toHaveValue(1024);
  });

  it("keeps the shape when the group changes, and swaps by one click", async () => {
    await openApp();
    await fireEvent.click(screen.getByRole("radio", { name: "Landscape" }));
    await fireEvent.click(screen.getByRole("combobox", { name: "Sizes" }));
    await fireEvent.click(screen.getByRole("option", { name: /^Large/ }));
    expect(screen.getByRole("spinbutton", { name: "Width" })).toHaveValue(1536);
    await fireEvent.click(screen.getByRole("button", { name: "Swap width and height" }));
    expect(screen.getByRole("spinbutton", { name: "Width" })).toHaveValue(1024);
    expect(screen.getByRole("radio", { name: "Portrait" })).toBeChecked();
  });

  it("says why something is missing, and where it is not", async () => {
    await openApp();
    await fireEvent.click(screen.getByText("Advanced"));
    const variety = screen.getByRole("switch", { name: "Variety+" });
    expect(variety).toBeDisabled();
    expect(variety).toHaveAccessibleDescription(/^Works on V4.5, V4, and V3\./);
    await fireEvent.click(within(describing(variety)).getByRole("button", { name: "Use V4.5 Full" }));
    await waitFor(() => expect(variety).toBeEnabled());
    expect(variety).not.toBeChecked();
    expect(screen.getByRole("combobox", { name: "Noise schedule" })).toHaveTextContent("Karras");
  });

  it("locks the seed of the picture in sight, and rolls another", async () => {
    await openApp({ images: [image("a", { seed: 77 })] });
    const seed = screen.getByRole("spinbutton", { name: "Seed" });
    expect(seed).toHaveValue(null);
    await fireEvent.click(screen.getByRole("button", { name: "Lock the seed" }));
    expect(seed).toHaveValue(77);
    await fireEvent.click(screen.getByRole("button", { name: "Roll a new seed" }));
    expect(seed).not.toHaveValue(77);
    await fireEvent.click(screen.getByRole("button", { name: "A new random seed for every picture" }));
    expect(seed).toHaveValue(null);
  });

  it("says when a typed seed is out of range", async () => {
    await openApp();
    await fireEvent.change(screen.getByRole("spinbutton", { name: "Seed" }), { target: { value: "5000000000" } });
    expect(screen.getByText("A seed lies between 1 and 4,294,967,295.")).toBeVisible();
    expect(screen.getByRole("spinbutton", { name: "Seed" })).toHaveValue(4_294_967_295);
  });

  it("takes an example prompt", async () => {
    await openApp();
    await fireEvent.click(screen.getByRole("button", { name: /^A valley at dusk/ }));
    expect(written()).toContain("layered hills");
  });
});

describe("the draft", () => {
  beforeEach(() => vi.useFakeTimers({ shouldAdvanceTime: true }));
  afterEach(() => vi.useRealTimers());

  it("is what it was", async () => {
    const backend = await openApp({ draft: { ...REQUEST, prompt: { ...REQUEST.prompt, text: "夕暮れの谷" } } });
    expect(written()).toBe("夕暮れの谷");
    await vi.advanceTimersByTimeAsync(3000);
    expect(calls(backend, "saveDraft")).toHaveLength(0);
  });

  it("is saved when the person pauses", async () => {
    const backend = await openApp();
    fill("rain");
    fill("rain, night");
    expect(calls(backend, "saveDraft")).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(500);
    expect(calls(backend, "saveDraft")).toMatchObject([{ prompt: { text: "rain, night" } }]);
  });

  it("loses at most a second of someone who types without a pause", async () => {
    const backend = await openApp();
    for (let letter = 0; letter < 30; letter++) {
      type("a");
      await vi.advanceTimersByTimeAsync(100);
    }
    const saved = calls(backend, "saveDraft") as (typeof REQUEST)[];
    expect(saved.length).toBeGreaterThan(2);
    expect(saved.at(-1)?.prompt.text.length).toBeGreaterThan(20);
  });

  it("is saved when the page goes away", async () => {
    const backend = await openApp();
    fill("rain");
    await tick();
    window.dispatchEvent(new Event("pagehide"));
    expect(calls(backend, "saveDraft")).toHaveLength(1);
  });
});

describe("a job", () => {
  it("is cancelled by Escape, and stays until the shell says so", async () => {
    const backend = await openApp({ stepDelay: 20 });
    await priced();
    await fireEvent.click(generateButton());
    await screen.findAllByText(/^Step \d+ of 23$/);
    const cancel = vi.spyOn(backend, "cancel").mockResolvedValue();
    await fireEvent.keyDown(document.body, { key: "Escape" });
    expect(cancel).toHaveBeenCalledOnce();
    expect(screen.getByRole("list", { name: "In the making" })).toBeVisible();
    cancel.mockRestore();
    await fireEvent.keyDown(document.body, { key: "Escape" });
    await idle();
  });

  it("is not cancelled by the Escape that closes a layer", async () => {
    const backend = await openApp({ stepDelay: 20 });
    await priced();
    await fireEvent.click(generateButton());
    await screen.findAllByText(/^Step \d+ of 23$/);
    await fireEvent.click(screen.getByRole("button", { name: "Settings" }));
    await fireEvent.keyDown(document.body, { key: "Escape" });
    expect(calls(backend, "cancel")).toHaveLength(0);
    await fireEvent.click(screen.getByRole("button", { name: "Close" }));
    await fireEvent.click(screen.getByRole("button", { name: "Cancel this picture" }));
    await idle();
  });

  it("that failed says so, and is tried again under another id", async () => {
    const backend = await openApp({ fail: "offline" });
    await priced();
    await fireEvent.click(generateButton());
    const alert = await screen.findByRole("alert");
    expect(alert).toHaveAttribute("data-code", "offline");
    expect(alert).toHaveTextContent("No connection");
    backend.options.fail = null;
    await fireEvent.click(within(alert).getByRole("button", { name: "Try again" }));
    await screen.findAllByTestId("history-item");
    expect(new Set(enqueued(backend)).size).toBe(2);
    expect(calls(backend, "dismiss")).toEqual([enqueued(backend)[0]]);
    expect(screen.queryByRole("alert")).toBeNull();
    await idle();
  });

  it("is tried again once by a double click", async () => {
    const backend = await openApp({ fail: "offline" });
    await priced();
    await fireEvent.click(generateButton());
    const again = await screen.findByRole("button", { name: "Try again" });
    backend.options.fail = null;
    await userEvent.setup().dblClick(again);
    await screen.findAllByTestId("history-item");
    expect(enqueued(backend)).toHaveLength(2);
  });

  it("is not tried again for more than it cost, without a further click", async () => {
    const backend = await openApp({ fail: "busy" });
    await priced();
    await fireEvent.click(generateButton());
    const again = await screen.findByRole("button", { name: "Try again" });
    fill("what is being written");
    backend.estimate = () => Promise.resolve({ anlas: 26, full: 26, free: null, parts: [] });
    backend.options.fail = null;
    await fireEvent.click(again);
    const dearer = await screen.findByRole("button", { name: "Try again for 26 Anlas" });
    expect(enqueued(backend)).toHaveLength(1);
    expect(written()).toBe("what is being written");
    // A person can't click in the very tick in which the button appears.
    await new Promise((resolve) => setTimeout(resolve));
    await fireEvent.click(dearer);
    await screen.findAllByTestId("history-item");
    expect(enqueued(backend)).toHaveLength(2);
  });

  it("that may have been charged says what became of the Anlas, and is never sent again by itself", async () => {
    const backend = await openApp({ fail: "interrupted", unsettled: true });
    await priced();
    await fireEvent.click(generateButton());
    const alert = await screen.findByRole("alert");
    expect(alert).toHaveTextContent("Anlas went from 9,646 to 9,620: it was probably charged.");
    expect(within(alert).getByRole("button", { name: "Generate again" })).toBeVisible();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(enqueued(backend)).toHaveLength(1);
  });

  it("that could not be saved is saved again, not generated again", async () => {
    const backend = await openApp({ fail: "diskFull", unsettled: true });
    await priced();
    await fireEvent.click(generateButton());
    await fireEvent.click(await screen.findByRole("button", { name: "Save again" }));
    await screen.findAllByTestId("history-item");
    expect(calls(backend, "saveAgain")).toEqual(enqueued(backend));
  });

  it("that the server refused goes back into the recipe", async () => {
    const failed = job(
      "f",
      { kind: "failed", error: { code: "rejected", message: "No.", detail: null } },
      {
        work: {
          kind: "generate",
          request: { ...REQUEST, prompt: { ...REQUEST.prompt, text: "refused hills" } },
          written: null,
        },
      },
    );
    const backend = await openApp({ jobs: [failed] });
    await fireEvent.click(screen.getByRole("button", { name: "Load the settings" }));
    await waitFor(() => expect(written()).toBe("refused hills"));
    await waitFor(() => expect(calls(backend, "dismiss")).toEqual(["f"]));
    expect(enqueued(backend)).toHaveLength(0);
  });

  it("with a rejected token leads to the sign-in", async () => {
    const problem = { code: "unauthorized" as const, message: "", detail: null };
    const failed = job("f", { kind: "failed", error: problem }, { server: "image.novelai.net" });
    await openApp({ server: "novelai", problem, jobs: [failed] });
    expect(screen.getAllByRole("alert")).toHaveLength(1);
    await fireEvent.click(screen.getByRole("button", { name: "Sign in again" }));
    expect(screen.getByRole("dialog", { name: "Sign in to NovelAI" })).toBeVisible();
  });

  it("counts down after a 429", async () => {
    await openApp({ busy: 2 });
    await priced();
    await fireEvent.click(generateButton());
    expect(await screen.findByText(/^The server is busy. Next try in [12] s$/)).toBeVisible();
    await fireEvent.click(screen.getByRole("button", { name: "Cancel this picture" }));
    await idle();
  });

  it("that was on its way when the page was opened is followed", async () => {
    await openApp({ jobs: [job("r", { kind: "running", step: 4, steps: 23 })] });
    expect(screen.getAllByText("Step 4 of 23")).toHaveLength(2);
  });

  it("that can't be queued says why", async () => {
    const backend = await openApp();
    await priced();
    backend.enqueue = () => Promise.reject(new IpcError({ code: "readOnly", message: "Read-only.", detail: "/data" }));
    await fireEvent.click(generateButton());
    expect(await screen.findByRole("alert")).toHaveAttribute("data-code", "readOnly");
  });
});

describe("the history", () => {
  it("is one stop for Tab; arrows show the next picture", async () => {
    await openApp({ images: [image("c", { seed: 3 }), image("b", { seed: 2 }), image("a", { seed: 1 })] });
    const list = await screen.findByRole("listbox", { name: "Pictures" });
    await waitFor(() => expect(within(list).getAllByTestId("history-item")).toHaveLength(3));
    list.focus();
    await userEvent.keyboard("{ArrowDown}");
    const [, second] = within(list).getAllByTestId("history-item");
    expect(list).toHaveAttribute("aria-activedescendant", second?.id);
    expect(second).toHaveAttribute("aria-selected", "true");
    expect(list).toHaveFocus();
    expect(screen.getByRole("button", { name: "Seed 2" })).toBeVisible();
    await fireEvent.click(screen.getByRole("button", { name: "Seed 2" }));
    expect(screen.getByRole("spinbutton", { name: "Seed" })).toHaveValue(2);
  });

  it("gives back what a picture was made with", async () => {
    await openApp({
      images: [image("a", { width: 640, height: 640, seed: 9, prompt: "tea", model: "nai-diffusion-4-5-full" })],
    });
    await fireEvent.click(screen.getByRole("button", { name: "Use prompt, size and seed" }));
    await waitFor(() => expect(written()).toBe("tea"));
    expect(screen.getByRole("spinbutton", { name: "Width" })).toHaveValue(640);
    expect(screen.getByRole("combobox", { name: "Model" })).toHaveTextContent("V4.5 Full");
  });

  it("shows a picture's file, and says when it is gone", async () => {
    const backend = await openApp({ images: [image("a")] });
    await fireEvent.click(screen.getByRole("button", { name: "Show in folder" }));
    expect(calls(backend, "showInFolder")).toEqual(["a"]);
    backend.showInFolder = () => Promise.reject(new IpcError({ code: "notFound", message: "", detail: null }));
    await fireEvent.click(screen.getByRole("button", { name: "Show in folder" }));
    expect(await screen.findByText("The file is no longer where Atelier saved it.")).toBeVisible();
  });

  it("is read again when events were missed", async () => {
    const backend = await openApp({ images: [image("a")] });
    standIn(new MockBackend({ images: [image("b", { created: 2 }), image("a")] }));
    backend.tell("everythingChanged", null);
    await waitFor(() => expect(screen.getAllByTestId("history-item")).toHaveLength(2));
  });
});

describe("the account", () => {
  it("is the sandbox's as long as nobody is signed in", async () => {
    await openApp();
    expect(screen.getByTestId("banner")).toHaveTextContent("Sandbox: no account, nothing is charged");
    expect(screen.getByTestId("account")).toHaveTextContent("Opus · 9,646 Anlas");
    expect(screen.queryByRole("button", { name: "Sign out" })).toBeNull();
  });

  it("is signed in to and out of, after a question", async () => {
    const backend = await openApp();
    const user = userEvent.setup();
    await user.click(screen.getByRole("button", { name: "Sign in" }));
    const dialog = screen.getByRole("dialog", { name: "Sign in to NovelAI" });
    await user.type(within(dialog).getByLabelText("API token"), "pst-token-that-is-good");
    await user.click(within(dialog).getByRole("button", { name: "Sign in" }));
    await user.click(await screen.findByRole("button", { name: "Sign out" }));
    expect(screen.queryByTestId("banner")).toBeNull();
    const question = screen.getByRole("dialog", { name: "Sign out?" });
    expect(calls(backend, "signOut")).toHaveLength(0);
    await user.click(within(question).getByRole("button", { name: "Sign out" }));
    expect(await screen.findByTestId("banner")).toBeVisible();
    expect(JSON.stringify(backend.calls)).not.toContain("pst-token");
  });

  it("says where it is, if that is not NovelAI", async () => {
    await openApp({ server: "custom" });
    expect(screen.getByTestId("banner")).toHaveTextContent("Connected to 127.0.0.1:8200, not to NovelAI");
  });

  it("says what is wrong with it, and is read again", async () => {
    await openApp({ server: "novelai", account: null, problem: { code: "keychainLocked", message: "", detail: null } });
    expect(screen.getByTestId("account")).toHaveTextContent("The keychain is locked");
    const alert = screen.getByRole("alert");
    expect(alert).toHaveAttribute("data-code", "keychainLocked");
    await fireEvent.click(within(alert).getByRole("button", { name: "Try again" }));
    await waitFor(() => expect(screen.getByTestId("account")).toHaveTextContent("Opus · 9,646 Anlas"));
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("with a token that expired asks for another", async () => {
    await openApp({ server: "novelai", account: null, problem: { code: "unauthorized", message: "", detail: null } });
    await fireEvent.click(within(screen.getByRole("alert")).getByRole("button", { name: "Sign in again" }));
    expect(screen.getByRole("dialog", { name: "Sign in to NovelAI" })).toBeVisible();
  });
});

describe("the page", () => {
  it("says why it could not start, and tries again", async () => {
    const backend = new MockBackend();
    const works = backend.start.bind(backend);
    backend.start = () => Promise.reject(new IpcError({ code: "readOnly", message: "No.", detail: "/data" }));
    standIn(backend);
    render(App);
    expect(await screen.findByRole("alert")).toHaveAttribute("data-code", "readOnly");
    backend.start = works;
    await fireEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByRole("textbox", { name: "Prompt" })).toBeVisible();
  });

  it("tells what was brought back after a bad end", async () => {
    await openApp({ recovered: 2 });
    await fireEvent.click(screen.getByRole("button", { name: "OK" }));
    expect(screen.queryByText(/brought back/)).toBeNull();
  });

  it("tells why changes to the models are not used", async () => {
    await openApp({ modelsRefused: "models.toml: line 3: no such model" });
    expect(screen.getByText(/built-in models are used/)).toBeVisible();
    expect(screen.getByText(/line 3/)).toBeInTheDocument();
    await fireEvent.click(screen.getByRole("button", { name: "OK" }));
    expect(screen.queryByText(/built-in models are used/)).toBeNull();
  });

  it("keeps the theme that was chosen", async () => {
    await openApp();
    await fireEvent.click(screen.getByRole("button", { name: "Settings" }));
    const themes = within(screen.getByRole("radiogroup", { name: "Theme" }));
    await fireEvent.click(themes.getByRole("radio", { name: "Light" }));
    expect(document.documentElement.dataset["theme"]).toBe("light");
    expect(localStorage.getItem("atelier.theme")).toBe("light");
    await fireEvent.click(themes.getByRole("radio", { name: "System" }));
    expect(document.documentElement.dataset["theme"]).toBeUndefined();
  });
});
