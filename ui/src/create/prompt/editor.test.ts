// The editor as a person uses it, over a mock of what Rust says. What needs a layout or a real input method is in
// e2e/prompt.test.ts.

import { EditorView } from "@codemirror/view";
import { fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { type Completions, type GenerateRequest, type Look, type PromptPlace, standIn } from "../../ipc";
import { MockBackend } from "../../ipc/mock/backend";
import { calls } from "../../test/app";
import { fill, promptView, select, type, written } from "../../test/prompt";
import { REQUEST } from "../../test/values";
import PromptEditor from "./PromptEditor.svelte";

let backend: MockBackend;
beforeEach(() => {
  backend = new MockBackend();
  standIn(backend);
});

function open(text = "", more: Record<string, unknown> = {}) {
  const onchange = vi.fn();
  const props = {
    label: "Prompt",
    placeholder: "What it shows",
    value: text,
    place: { kind: "prompt" } as PromptPlace,
    request: (): GenerateRequest => ({ ...REQUEST, prompt: { ...REQUEST.prompt, text } }),
    onchange,
    ...more,
  };
  const { rerender } = render(PromptEditor, props);
  return { onchange, rerender: (changed: Partial<typeof props>) => rerender({ ...props, ...changed }) };
}

const box = () => screen.getByRole("textbox", { name: "Prompt" });
const press = (key: string, more: KeyboardEventInit = {}) => fireEvent.keyDown(box(), { key, ...more });
const marked = (name: string) => [...box().querySelectorAll(`.${name}`)].map(({ textContent }) => textContent);
const offers = () => [...document.querySelectorAll(".prompt-offers li")];
const labels = () => offers().map((offer) => offer.querySelector(".cm-completionLabel")?.textContent);
const chosen = () => document.querySelector(".prompt-offers li[aria-selected]")?.textContent;

/** An answer that comes when the test says so. */
function held<T>() {
  let give: (answer: T) => void = () => undefined;
  const promise = new Promise<T>((resolve) => (give = resolve));
  return { promise, give };
}

const EMPTY_LOOK: Look = {
  spans: [],
  problems: [],
  tokens: { here: 1, total: 1, limit: 512, exact: true, cutFrom: null, segments: [] },
};

describe("the text", () => {
  it("is coloured by weight, its marks dimmed", async () => {
    open("1girl, {red scarf}, [crowd], -1::hat ::, __weather__, ~off~");
    await waitFor(() => expect(marked("w-up-1")).toEqual(["red scarf"]));
    expect(marked("w-down-1")).toEqual(["crowd"]);
    expect(marked("w-against")).toEqual(["hat "]);
    expect(marked("s-wildcard")).toEqual(["__weather__"]);
    expect(marked("s-off")).toEqual(["~off~"]);
    expect(marked("s-mark")).toContain("{");
  });

  it("keeps its colours in place until the next answer is here", async () => {
    open("{red scarf}");
    await waitFor(() => expect(marked("w-up-1")).toEqual(["red scarf"]));
    backend.lookAtPrompt = () => new Promise(() => undefined);
    select(0);
    type("rain, ");
    expect(written()).toBe("rain, {red scarf}");
    expect(marked("w-up-1")).toEqual(["red scarf"]);
    select(written().length - 1);
    type("s");
    expect(marked("w-up-1")).toEqual(["red scarfs"]);
  });

  it("drops an answer that was overtaken", async () => {
    open("a");
    await waitFor(() => expect(calls(backend, "lookAtPrompt").length).toBeGreaterThan(0));
    const [first, second] = [held<Look>(), held<Look>()];
    const asked = vi
      .spyOn(backend, "lookAtPrompt")
      .mockReturnValueOnce(first.promise)
      .mockReturnValueOnce(second.promise);
    type("b");
    await waitFor(() => expect(asked).toHaveBeenCalledTimes(1));
    type("c");
    await waitFor(() => expect(asked).toHaveBeenCalledTimes(2));
    second.give({ ...EMPTY_LOOK, spans: [{ from: 0, to: 3, kind: "text", weight: 3 }] });
    await waitFor(() => expect(marked("w-up-4")).toEqual([written()]));
    first.give({ ...EMPTY_LOOK, spans: [{ from: 0, to: 2, kind: "comment", weight: 1 }] });
    await Promise.resolve();
    expect(marked("s-comment")).toEqual([]);
  });

  it("is asked about once, not for every letter, and not again because something else has changed", async () => {
    const { rerender } = open("");
    fill("rain");
    await waitFor(() => expect(screen.getByText("≈ 1 / 1,471")).toBeVisible());
    const before = calls(backend, "lookAtPrompt").length;
    await rerender({
      value: "rain",
      request: () => ({ ...REQUEST, samples: 4, prompt: { ...REQUEST.prompt, text: "rain" } }),
    });
    type(", night");
    await waitFor(() => expect(screen.getByText("≈ 3 / 1,471")).toBeVisible());
    expect(calls(backend, "lookAtPrompt")).toHaveLength(before + 1);
  });

  it("greys what is not read, and says so", async () => {
    open("rain, ".repeat(1500));
    await waitFor(() => expect(box().querySelector(".s-cut")).not.toBeNull());
    expect(screen.getByRole("meter", { name: "Tokens" })).toHaveAttribute("aria-valuenow", "1500");
    expect(screen.getByRole("button", { name: /problem/ })).toBeVisible();
  });

  it("survives an answer that does not fit it", async () => {
    const span = { from: 4, to: 99, kind: "mark" as const, weight: 1 };
    backend.lookAtPrompt = () => Promise.resolve({ ...EMPTY_LOOK, spans: [span, { ...span, from: 2, to: 1 }] });
    open("rain");
    await waitFor(() => expect(screen.getByText("1 / 512")).toBeVisible());
    expect(written()).toBe("rain");
  });

  it("says when nothing can be said about it", async () => {
    backend.lookAtPrompt = () => Promise.reject(new Error("broken"));
    open("rain");
    expect(await screen.findByText("What is said about the prompt may be out of date.")).toBeVisible();
  });
});

describe("a change from outside", () => {
  it("keeps the caret with its words, and is not told back", async () => {
    const { onchange, rerender } = open("red hair, rain");
    select(10);
    await rerender({ value: "night, red hair, rain" });
    expect(written()).toBe("night, red hair, rain");
    expect(promptView().state.selection.main.head).toBe(17);
    expect(onchange).not.toHaveBeenCalled();
  });

  it("may have line breaks of another system", async () => {
    const { onchange, rerender } = open("a\r\nb");
    expect(written()).toBe("a\nb");
    await rerender({ value: "a\r\nc" });
    expect(written()).toBe("a\nc");
    expect(onchange).not.toHaveBeenCalled();
  });

  it("renames the box", async () => {
    const { rerender } = open("");
    await rerender({ label: "Character 2" });
    expect(screen.getByRole("textbox", { name: "Character 2" })).toBeVisible();
  });
});

describe("weights", () => {
  it("go one step for every press, however fast they come", async () => {
    open("rain, night");
    select(2);
    await press("ArrowUp", { ctrlKey: true });
    await press("ArrowUp", { ctrlKey: true });
    await press("ArrowUp", { ctrlKey: true });
    await waitFor(() => expect(written()).toBe("1.15::rain ::, night"));
    await press("ArrowDown", { ctrlKey: true });
    await waitFor(() => expect(written()).toBe("1.1::rain ::, night"));
  });

  it("are undone and redone step by step, with what was typed between them", async () => {
    open("rain");
    select(4);
    await press("ArrowUp", { ctrlKey: true });
    await waitFor(() => expect(written()).toBe("1.05::rain ::"));
    select(written().length);
    type(", fog");
    select(2);
    await press("ArrowUp", { ctrlKey: true });
    await waitFor(() => expect(written()).toBe("1.1::rain ::, fog"));
    await press("z", { ctrlKey: true });
    expect(written()).toBe("1.05::rain ::, fog");
    await press("z", { ctrlKey: true });
    expect(written()).toBe("1.05::rain ::");
    await press("z", { ctrlKey: true });
    expect(written()).toBe("rain");
    await press("y", { ctrlKey: true });
    await press("Z", { ctrlKey: true, shiftKey: true, keyCode: 90 });
    expect(written()).toBe("1.05::rain ::, fog");
  });

  it("don't touch what was typed while they were worked out", async () => {
    const answer = held<{ text: string; from: number; to: number }>();
    backend.nudgeWeight = () => answer.promise;
    open("rain");
    await press("ArrowUp", { ctrlKey: true });
    select(4);
    type("y");
    answer.give({ text: "1.05::rain ::", from: 0, to: 13 });
    await new Promise((resolve) => setTimeout(resolve));
    expect(written()).toBe("rainy");
  });

  it("are left to the owner's timeline where there is one", async () => {
    const ways = { onundo: vi.fn(), onredo: vi.fn() };
    open("rain", ways);
    type("y");
    await press("z", { ctrlKey: true });
    await press("y", { ctrlKey: true });
    await press("Z", { ctrlKey: true, shiftKey: true, keyCode: 90 });
    expect(ways.onundo).toHaveBeenCalledOnce();
    expect(ways.onredo).toHaveBeenCalledTimes(2);
    expect(written()).toBe("rainy");
  });
});

describe("keys", () => {
  it("switch a segment off and on", async () => {
    open("rain, night");
    select(8);
    await press("/", { ctrlKey: true });
    await waitFor(() => expect(written()).toBe("rain, ~night~"));
    await press("/", { ctrlKey: true });
    await waitFor(() => expect(written()).toBe("rain, night"));
  });

  it("go through the drafts that were sent", async () => {
    const ways = { onolder: vi.fn(), onnewer: vi.fn() };
    open("rain", ways);
    await press("ArrowUp", { altKey: true });
    await press("ArrowDown", { altKey: true });
    expect(ways.onolder).toHaveBeenCalledOnce();
    expect(ways.onnewer).toHaveBeenCalledOnce();
  });

  it("leave Ctrl and Enter to the window, or to the owner", async () => {
    const outside = vi.fn((event: Event) => event.defaultPrevented);
    window.addEventListener("keydown", outside);
    open("rain");
    await press("Enter", { ctrlKey: true });
    expect(outside).toHaveReturnedWith(false);
    expect(written()).toBe("rain");
    window.removeEventListener("keydown", outside);
  });

  it("submit where the owner wants it", async () => {
    const onsubmit = vi.fn();
    open("rain", { onsubmit });
    await press("Enter", { ctrlKey: true });
    expect(onsubmit).toHaveBeenCalledOnce();
  });

  it("find, and replace", async () => {
    open("red hair, red scarf");
    await press("f", { ctrlKey: true });
    const find = await screen.findByRole("textbox", { name: "Find" });
    await fireEvent.input(find, { target: { value: "red" } });
    expect(await screen.findByText("2 found")).toBeVisible();
    await fireEvent.input(screen.getByRole("textbox", { name: "Replace with" }), { target: { value: "blue" } });
    await fireEvent.click(screen.getByRole("button", { name: "All" }));
    expect(written()).toBe("blue hair, blue scarf");
    await fireEvent.keyDown(find, { key: "Escape" });
    expect(screen.queryByRole("textbox", { name: "Find" })).toBeNull();
  });
});

describe("what is odd", () => {
  it("is counted, listed and mended by a click", async () => {
    open("rain, night, rain");
    await fireEvent.click(await screen.findByRole("button", { name: "1 hint" }));
    expect(screen.getByRole("list", { name: "What is odd about it" })).toHaveTextContent("“rain” is written twice.");
    expect(marked("p-hint")).toEqual(["rain"]);
    await fireEvent.click(screen.getByRole("button", { name: "Remove" }));
    expect(written()).toBe("rain, night");
    await waitFor(() => expect(screen.queryByRole("button", { name: "1 hint" })).toBeNull());
  });

  it("is mended in the right place although the text has moved on", async () => {
    open("night, {rain");
    await screen.findByRole("button", { name: "1 warning" });
    backend.lookAtPrompt = () => new Promise(() => undefined);
    select(0);
    type("a, ");
    await fireEvent.click(screen.getByRole("button", { name: "1 warning" }));
    await fireEvent.click(screen.getByRole("button", { name: "Close it" }));
    expect(written()).toBe("a, night, {rain}");
  });

  it("is gone to and mended by keyboard", async () => {
    open("rain, (fog:1.2), rain");
    await screen.findByRole("button", { name: "2 warnings" });
    await press("F8");
    expect(promptView().state.selection.main).toMatchObject({ from: 6, to: 15 });
    expect(document.querySelector(".cm-announced")).toHaveTextContent("Round brackets are no weight for NovelAI");
    await press(".", { ctrlKey: true });
    await waitFor(() => expect(document.activeElement).toHaveTextContent("Write 1.2::fog ::"));
    await fireEvent.click(screen.getByRole("button", { name: "Write 1.2::fog ::" }));
    expect(written()).toBe("rain, 1.2::fog ::, rain");
  });
});

describe("offers", () => {
  it("are moved through and taken by keyboard", async () => {
    const { onchange } = open("");
    type("1girl, blu");
    await waitFor(() => expect(labels().slice(0, 2)).toEqual(["blue eyes", "blue hair"]));
    await press("ArrowDown");
    expect(chosen()).toContain("blue hair");
    expect(box()).toHaveAttribute("aria-activedescendant", offers()[1]?.id);
    await press("Enter");
    expect(written()).toBe("1girl, blue hair, ");
    expect(onchange).toHaveBeenLastCalledWith("1girl, blue hair, ");
    expect(offers()).toEqual([]);
  });

  it("are taken by Tab, which otherwise leaves the box", async () => {
    open("");
    type("dus");
    await waitFor(() => expect(labels()).toContain("dusk"));
    const taken = await press("Tab");
    expect(taken).toBe(false);
    expect(written()).toMatch(/^dusk/);
    expect(await press("Tab")).toBe(true);
  });

  it("show the name that was typed, in whatever language, and how much a tag is used", async () => {
    open("");
    type("青髪");
    await waitFor(() => expect(offers()[0]).toHaveTextContent("blue hair青髪940K"));
  });

  it("are sent away by Escape, and nothing else is", async () => {
    const outside = vi.fn((event: Event) => event.defaultPrevented);
    window.addEventListener("keydown", outside);
    open("");
    type("blu");
    await waitFor(() => expect(offers().length).toBeGreaterThan(1));
    await press("Escape");
    await waitFor(() => expect(offers()).toEqual([]));
    await press("Escape");
    expect(outside.mock.results.map(({ value }) => value as boolean)).toEqual([true, false]);
    window.removeEventListener("keydown", outside);
  });

  it("come when they are called for", async () => {
    open("blu");
    select(3);
    await press(" ", { ctrlKey: true });
    await waitFor(() => expect(offers().length).toBeGreaterThan(1));
  });

  it("of the server join below, and the chosen one stays where it is", async () => {
    const online = held<Completions>();
    backend.completeOnline = () => online.promise;
    open("");
    type("blu");
    await waitFor(() => expect(offers().length).toBeGreaterThan(2));
    await press("ArrowDown");
    const before = labels();
    const item = (insert: string) =>
      ({ insert, label: insert, alias: null, count: null, category: "general", kind: "tag" }) as const;
    online.give({ from: 0, to: 3, items: [item("blue eyes"), item("blue flame")] });
    await waitFor(() => expect(labels()).toEqual([...before, "blue flame"]));
    expect(chosen()).toContain("blue hair");
  });

  it("are those of this computer where no server answers", async () => {
    backend.completeOnline = () => Promise.reject(new Error("offline"));
    open("");
    type("rai");
    await waitFor(() => expect(labels()).toEqual(["rain"]));
    await press("Enter");
    expect(written()).toBe("rain, ");
  });
});

describe("an input method", () => {
  function compose(text: string): void {
    const view = promptView();
    view.dispatch(view.state.replaceSelection(text), { userEvent: "input.type.compose" });
  }

  it("composes without a list opening", async () => {
    open("");
    await fireEvent(box(), new CompositionEvent("compositionstart"));
    compose("青");
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(calls(backend, "complete")).toEqual([]);
    expect(offers()).toEqual([]);
  });

  it.each([
    ["Enter", { keyCode: 229 }],
    ["Enter", { isComposing: true }],
    ["Tab", { keyCode: 229 }],
  ])("keeps its %s with %o to itself", async (key, more) => {
    open("");
    type("blu");
    await waitFor(() => expect(offers().length).toBeGreaterThan(1));
    await fireEvent(box(), Object.assign(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }), {}));
    expect(written()).not.toBe("blu");
    fill("blu");
    type("e");
    await waitFor(() => expect(offers().length).toBeGreaterThan(1));
    const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
    for (const [name, value] of Object.entries(more)) Object.defineProperty(event, name, { value });
    await fireEvent(box(), event);
    expect(event.defaultPrevented).toBe(false);
    expect(written()).toBe("blue");
  });
});

describe("chance", () => {
  it("is shown drawn, before anything is sent", async () => {
    open("__weather__, ||dusk|dawn||");
    await fireEvent.click(await screen.findByRole("button", { name: "Parts of it are drawn before sending" }));
    expect(await screen.findByText("With a random seed, each picture draws anew.")).toBeVisible();
    const drawn = document.querySelector(".drawn .text")?.textContent ?? "";
    expect(drawn).toMatch(/^(?:rain|snow|clear sky|fog), (?:dusk|dawn)$/);
    const asked = calls(backend, "drawPrompt").length;
    await fireEvent.click(screen.getByRole("button", { name: "Draw again" }));
    await waitFor(() => expect(calls(backend, "drawPrompt")).toHaveLength(asked + 1));
  });

  it("is not spoken of where there is none", async () => {
    open("rain");
    await waitFor(() => expect(screen.getByText("≈ 1 / 1,471")).toBeVisible());
    expect(screen.queryByRole("button", { name: "Parts of it are drawn before sending" })).toBeNull();
  });
});

describe("CodeMirror's styles", () => {
  it("are adopted: the policy of the window allows no <style>", () => {
    open("");
    expect(document.querySelector("style")).toBeNull();
    expect(document.adoptedStyleSheets.length).toBeGreaterThan(0);
    expect(EditorView.findFromDOM(box())).not.toBeNull();
  });
});
