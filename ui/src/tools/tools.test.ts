// The Tools room as a person uses it, over a mock shell.

import { fireEvent, screen, waitFor, within } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";

import { pastImages } from "../ipc/mock";
import { MockBackend, type MockOptions } from "../ipc/mock/backend";
import { calls, openApp } from "../test/app";
import { broken } from "../test/axe";

const PICTURES = ["a.png", "b.png"];

/** The room, with pictures in it. */
async function openRoom(names = PICTURES, options: Partial<MockOptions> = {}): Promise<MockBackend> {
  const backend = new MockBackend({ stepDelay: 1, ...options });
  backend.picks = names;
  await openApp({}, backend);
  await fireEvent.click(screen.getByRole("tab", { name: "Tools" }));
  // The room is fetched when it is entered.
  await screen.findByRole("radiogroup", { name: "What to do" });
  if (names.length > 0) {
    const [add] = await screen.findAllByRole("button", { name: "Add from files…" });
    await fireEvent.click(add ?? document.body);
    await waitFor(() => expect(screen.getAllByTestId("source")).toHaveLength(names.length));
  }
  return backend;
}

const choose = (group: string, name: RegExp | string) =>
  fireEvent.click(within(screen.getByRole("radiogroup", { name: group })).getByRole("radio", { name }));
const task = (name: string) => choose("What to do", name);
const go = (name: RegExp) => screen.getByRole("button", { name });

describe("the Tools room", () => {
  it("opens with U for the picture in Result, ready to make it larger", async () => {
    await openApp({ images: pastImages(2) });
    await fireEvent.keyDown(document.body, { key: "u" });
    expect(await screen.findByTestId("source")).toBeVisible();
    await waitFor(() => expect(go(/^Upscale/)).toHaveTextContent("1 Anlas"));
    expect(await broken()).toEqual([]);
  });

  it("is empty at first, and says how a picture comes", async () => {
    await openRoom([]);
    expect(screen.getByText("Which pictures?")).toBeVisible();
    expect(go(/^Upscale/)).toHaveAttribute("aria-disabled", "true");
    expect(await broken()).toEqual([]);
  });

  it("says the price of many as a whole, and which are left out and why", async () => {
    await openRoom(["a.png", "b.png", "wide-2560x1440.png"]);
    await waitFor(() => expect(go(/^Upscale 2 pictures/)).toHaveTextContent("2 Anlas"));
    expect(screen.getByText("One picture is left out")).toBeVisible();
    expect(screen.getByText(/enlarges pictures of up to 3.1 MP/)).toBeVisible();
    expect(await broken()).toEqual([]);
  });

  it("is free on this computer, and explains the noise in words", async () => {
    await openRoom();
    await choose("Way to make it larger", /^waifu2x/);
    await waitFor(() => expect(go(/^Upscale 2 pictures/)).toHaveTextContent("free"));
    const noise = screen.getByRole("slider", { name: "Noise" });
    await fireEvent.input(noise, { target: { value: "4" } });
    expect(noise).toHaveAttribute("aria-valuetext", "Strong");
    expect(noise).toHaveAccessibleDescription(/Heavy artefacts go/);
  });

  it("takes pictures away with Delete, and brings them back", async () => {
    await openRoom();
    await fireEvent.keyDown(screen.getByRole("radio", { name: /^a\.png/ }), { key: "Delete" });
    await waitFor(() => expect(screen.getAllByTestId("source")).toHaveLength(1));
    await fireEvent.click(screen.getByRole("button", { name: "Undo" }));
    expect(screen.getAllByTestId("source")).toHaveLength(2);
  });

  it("shows the three pictures of a removed background, and one of them beside what it was", async () => {
    await openRoom(["a.png"]);
    await task("Director");
    await waitFor(() => expect(go(/^Remove background/)).toHaveTextContent("65 Anlas"));
    await fireEvent.click(go(/^Remove background/));
    await waitFor(() => expect(screen.getAllByTestId("result")).toHaveLength(3));
    expect(await broken()).toEqual([]);
    await fireEvent.click(screen.getByRole("button", { name: "Blended" }));
    expect(screen.getByRole("img", { name: "After: Blended" })).toBeInTheDocument();
    expect(screen.getByRole("slider", { name: "Where the result begins" })).toBeInTheDocument();
    expect(await broken()).toEqual([]);
    await fireEvent.click(screen.getByRole("button", { name: "Use as next source" }));
    await waitFor(() => expect(screen.getAllByTestId("source")).toHaveLength(2));
  });

  it("gives the moods and the levels of their strength names", async () => {
    const backend = await openRoom(["a.png"]);
    await task("Director");
    await choose("Director tool", /^Emotion/);
    await fireEvent.click(screen.getByRole("combobox", { name: "Mood" }));
    await fireEvent.click(screen.getByRole("option", { name: "Smug" }));
    const strength = screen.getByRole("slider", { name: "Strength" });
    await fireEvent.input(strength, { target: { value: "2" } });
    expect(strength).toHaveAttribute("aria-valuetext", "Weak");
    expect(await broken()).toEqual([]);
    await waitFor(() => expect(go(/^Emotion/)).toHaveTextContent("free · Opus"));
    await fireEvent.keyDown(document.body, { key: "Enter", ctrlKey: true });
    await waitFor(() => expect(calls(backend, "enqueueChain")).toHaveLength(1));
    const [asked] = calls(backend, "enqueueChain") as { steps: unknown[] }[];
    expect(asked?.steps).toEqual([{ kind: "augment", tool: { kind: "emotion", mood: "smug", prompt: "", defry: 2 } }]);
    // The draft is not generated by the same keys.
    expect(calls(backend, "enqueue")).toEqual([]);
  });

  it("puts a chain together by keyboard, keeps it and runs it", async () => {
    const backend = await openRoom(["a.png"]);
    await task("Chain");
    await fireEvent.click(screen.getByRole("button", { name: /^Line art, then colours/ }));
    const handle = screen.getByRole("button", { name: "Move step 1, Line art" });
    await fireEvent.keyDown(handle, { key: "ArrowDown" });
    expect(screen.getByRole("button", { name: "Move step 2, Line art" })).toHaveFocus();
    await fireEvent.keyDown(document.activeElement ?? document.body, { key: "ArrowUp" });
    await fireEvent.input(screen.getByRole("textbox", { name: "Name of this chain" }), { target: { value: "Ink" } });
    await fireEvent.click(screen.getByRole("button", { name: "Keep" }));
    expect(await screen.findByRole("button", { name: /^Ink/ })).toBeVisible();
    expect(await broken()).toEqual([]);
    await waitFor(() => expect(go(/^Run the chain/)).toHaveTextContent("free · Opus"));
    await fireEvent.click(go(/^Run the chain/));
    expect(await screen.findByTestId("result")).toBeInTheDocument();
    expect(calls(backend, "saveToolChain")).toHaveLength(1);
  });

  it("compares the free ways on a part that is moved by keys", async () => {
    const backend = await openRoom(["a.png"]);
    await fireEvent.click(screen.getByRole("button", { name: "Compare ways" }));
    const part = await screen.findByRole("button", { name: /^Part to compare: 192 × 192/ });
    await fireEvent.keyDown(part, { key: "ArrowRight" });
    await fireEvent.keyDown(part, { key: "+" });
    expect(await screen.findByRole("slider", { name: "Where the right one begins" })).toBeInTheDocument();
    await waitFor(() =>
      expect(calls(backend, "compareWays").at(-1)).toMatchObject({ crop: { width: 224, height: 224 }, scale: 2 }),
    );
    expect(await broken()).toEqual([]);
  });

  it("lists what a picture shows with bars, and says where that is not offered", async () => {
    const backend = await openRoom(["a.png"]);
    await task("Legacy");
    await choose("Legacy tool", "Classify");
    await fireEvent.click(go(/^Classify/));
    expect(await screen.findByRole("table", { name: "What is to be seen" })).toHaveTextContent("98.1%");
    expect(await broken()).toEqual([]);
    backend.options.legacy = false;
    await fireEvent.click(go(/^Classify/));
    expect(await screen.findByText("Not offered by this server")).toBeVisible();
    expect(await broken()).toEqual([]);
  });

  it("goes on with a prompt, which becomes that of the draft", async () => {
    await openRoom([]);
    await task("Legacy");
    await choose("Legacy tool", "Prompt");
    await fireEvent.input(screen.getByRole("textbox", { name: "How it begins" }), { target: { value: "1girl" } });
    await fireEvent.click(go(/^Go on writing/));
    await fireEvent.click(await screen.findByRole("button", { name: "Use as the prompt" }));
    await waitFor(() => expect(screen.getByRole("tab", { name: "Result" })).toHaveAttribute("aria-selected", "true"));
  });
});
