// What comes in from outside, in the whole page: the zones, the question, and what comes of each answer.

import { fireEvent, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";

import { type GenerateRequest, IpcError, type Kinds, type PictureSettings } from "../ipc";
import type { MockBackend, MockOptions } from "../ipc/mock/backend";
import { SETTINGS } from "../ipc/mock/presets";
import { calls, enqueued, openApp } from "../test/app";
import { broken } from "../test/axe";
import { image, REQUEST } from "../test/values";

const open = (changes: Partial<GenerateRequest> = {}, options: Partial<MockOptions> = {}) =>
  openApp({ draft: { ...REQUEST, model: "nai-diffusion-4-5-full", ...changes }, ...options });

const asks = () => screen.findByRole("dialog", { name: /What (?:is this picture|are these \d+ pictures) for\?/ });
const zones = () => within(screen.getByRole("status", { name: /^Drop the/ }));

function draft(backend: MockBackend): GenerateRequest {
  window.dispatchEvent(new Event("pagehide"));
  return calls(backend, "saveDraft").at(-1) as GenerateRequest;
}

function drag(backend: MockBackend, kinds: Partial<Kinds>): void {
  const all = { pictures: 0, vibes: 0, folders: 0, others: 0, ...kinds };
  const files = all.pictures + all.vibes + all.folders + all.others;
  backend.tell("dragging", { at: { x: 1, y: 1 }, files, kinds: all });
}

const drop = (backend: MockBackend, ...names: string[]) =>
  backend.tell("dropped", { at: { x: 1, y: 1 }, added: backend.addFiles(names) });

/** Drops files and answers the question what for. */
async function dropFor(backend: MockBackend, zone: string, ...names: string[]): Promise<void> {
  drop(backend, ...names);
  await fireEvent.click(within(await asks()).getByRole("button", { name: new RegExp(`^${zone}`) }));
}

const off = (zone: string) => {
  const title = zones().getByText(zone);
  return title.parentElement?.classList.contains("off");
};

describe("while files are dragged", () => {
  it("the zones are those that make sense for them", async () => {
    const backend = await open();
    drag(backend, { pictures: 1 });
    await screen.findByRole("status", { name: /^Drop the file/ });
    expect(["Image to image", "Inpaint", "Read settings", "Add to library"].map(off)).toEqual(Array(4).fill(false));
    drag(backend, { pictures: 3 });
    await waitFor(() => expect(["Inpaint", "Read settings"].map(off)).toEqual([true, true]));
    expect(zones().getAllByText("One picture at a time")).toHaveLength(2);
    expect(zones().getByText("Each becomes a picture of its own")).toBeVisible();
    drag(backend, { vibes: 2 });
    await waitFor(() => expect(off("Image to image")).toBe(true));
    expect(off("Vibe Transfer")).toBe(false);
    drag(backend, { folders: 1 });
    await waitFor(() => expect(["Add to library", "Image to image"].map(off)).toEqual([false, false]));
  });

  it("what was dropped goes to the zone that it fell on, however long it takes to read", async () => {
    const backend = await open();
    drag(backend, { pictures: 1 });
    const zone = (await screen.findByText("Vibe Transfer", { selector: "[data-zone] *" })).parentElement;
    if (!zone) throw new Error("no zone");
    zone.getBoundingClientRect = () => new DOMRect(200, 0, 100, 100);
    backend.tell("dragging", { at: null, files: 0, kinds: null });
    backend.tell("dragging", { at: null, files: 1, kinds: null });
    await waitFor(() => expect(screen.queryByRole("status", { name: /^Drop the/ })).toBeNull());
    backend.tell("dropped", { at: { x: 250, y: 50 }, added: backend.addFiles(["a.png"]) });
    await waitFor(() => expect(draft(backend).references?.vibes).toHaveLength(1));
  });

  it("and none of them can be taken, that is said", async () => {
    const backend = await open();
    drag(backend, { others: 2 });
    expect(await screen.findByText(/^None of this can be taken/)).toBeVisible();
  });

  it("the tools take them too", async () => {
    const backend = await open();
    drag(backend, { pictures: 1 });
    await screen.findByRole("status", { name: /^Drop the file/ });
    expect(zones().queryByText("Upscale")).not.toBeNull();
    expect(zones().queryByText("Director tools")).not.toBeNull();
  });

  it("and dropped, they are read, which takes its time", async () => {
    const backend = await open();
    backend.tell("dragging", { at: null, files: 12, kinds: null });
    expect(await screen.findByText("Reading 12 files…")).toBeVisible();
    drop(backend, "a.txt");
    await waitFor(() => expect(screen.queryByText("Reading 12 files…")).toBeNull());
    expect(screen.getByRole("list", { name: "Files that were not taken" })).toHaveTextContent(
      /^a\.txt: It is no picture/,
    );
    await fireEvent.click(screen.getByRole("button", { name: "OK" }));
    expect(screen.queryByRole("list", { name: "Files that were not taken" })).toBeNull();
  });
});

describe("the question what they are for", () => {
  it("is answered by keyboard alone, and closed by Escape", async () => {
    const backend = await open();
    const user = userEvent.setup();
    drop(backend, "a.png");
    const dialog = within(await asks());
    const buttons = dialog.getAllByRole("button").filter((button) => button.classList.contains("zone"));
    await waitFor(() => expect(buttons[0]).toHaveFocus());
    await user.keyboard("{End}");
    expect(dialog.getByRole("button", { name: /^Add to library/ })).toHaveFocus();
    await user.keyboard("{Home}{ArrowLeft}");
    expect(buttons[0]).toHaveFocus();
    await user.keyboard("{Enter}");
    expect(draft(backend).source).toMatchObject({ kind: "image", image: "input-a.png" });
  });

  it("says what was refused, twice by the same name too", async () => {
    const backend = await open();
    drop(backend, "a.png", "b.txt", "b.txt");
    const dialog = within(await asks());
    expect(dialog.getByRole("list", { name: "Files that were not taken" }).children).toHaveLength(2);
  });

  it("does not list hundreds of pictures one by one", async () => {
    const backend = await open();
    drop(backend, ...Array.from({ length: 40 }, (_, at) => `${at}.png`));
    expect(within(await asks()).getByText("and 32 more")).toBeVisible();
  });
});

describe("an address in the clipboard", () => {
  function pasteText(text: string, on: Element = document.body): boolean {
    const clipboardData = { getData: () => text, files: [], types: ["text/plain"] };
    return on.dispatchEvent(Object.assign(new Event("paste", { bubbles: true, cancelable: true }), { clipboardData }));
  }

  it("is no picture, and nothing is fetched", async () => {
    const backend = await open();
    expect(pasteText("https://example.com/sea.png")).toBe(false);
    expect(await screen.findByText(/This is an address, not a picture/)).toBeVisible();
    expect(calls(backend, "addPicture")).toEqual([]);
  });

  it("is left alone where text is written, and words are no address", async () => {
    await open();
    expect(pasteText("https://example.com", screen.getByRole("spinbutton", { name: "Width" }))).toBe(true);
    expect(pasteText("a sea at night")).toBe(true);
  });
});

describe("into the library", () => {
  it("pictures are added, shown, and found again", async () => {
    const backend = await open();
    await dropFor(backend, "Add to library", "a.png", "b.jpg");
    expect(calls(backend, "addToLibrary")).toEqual([["input-a.png", "input-b.jpg"]]);
    expect(await screen.findByText("2 pictures added to your library.")).toBeVisible();
    await dropFor(backend, "Add to library", "a.png");
    expect(await screen.findByText("It is in your library already.")).toBeVisible();
  });

  it("and if the disk is full, that is said", async () => {
    const backend = await open();
    backend.addToLibrary = () => Promise.reject(new IpcError({ code: "diskFull", message: "Full.", detail: null }));
    await dropFor(backend, "Add to library", "a.png");
    expect(await screen.findByText(/^The disk is full/)).toBeVisible();
  });

  it("a picture goes before it is painted on", async () => {
    const backend = await open();
    await dropFor(backend, "Inpaint", "a.png");
    await waitFor(() => expect(calls(backend, "addToLibrary")).toEqual([["input-a.png"]]));
    await waitFor(() => expect(screen.getByRole("tab", { name: "Inpaint" })).toHaveAttribute("aria-selected", "true"));
  });
});

describe("reading settings", () => {
  const TOLD: PictureSettings = {
    request: {
      ...REQUEST,
      prompt: { ...REQUEST.prompt, text: "a red sea", undesired: "boats" },
      sampling: { ...REQUEST.sampling, steps: 40 },
      size: { width: 1024, height: 1024 },
    },
    parts: ["prompt", "undesired", "settings", "size"],
    seed: 77,
    notTaken: ["The picture that it started from is not in it."],
  };

  async function read(backend: MockBackend, told: PictureSettings | null) {
    backend.next.settings = told;
    await dropFor(backend, "Read settings", "settings.png");
    return within(await screen.findByRole("dialog", { name: "Read settings" }));
  }

  it("says what would change and what can't be taken over, and takes over what is checked", async () => {
    const backend = await open();
    const dialog = await read(backend, TOLD);
    expect(await dialog.findByText("a red sea")).toBeVisible();
    expect(dialog.getByText("The picture that it started from is not in it.")).toBeVisible();
    await fireEvent.click(dialog.getByRole("checkbox", { name: "Undesired Content" }));
    await waitFor(() => expect(dialog.queryByText("boats")).toBeNull());
    await waitFor(() => expect(dialog.getByRole("button", { name: "Take over" })).toBeEnabled());
    await fireEvent.click(dialog.getByRole("button", { name: "Take over" }));
    const taken = draft(backend);
    expect(taken.prompt).toMatchObject({ text: "a red sea", undesired: "" });
    expect(taken.sampling).toMatchObject({ steps: 40, seed: 77 });
    expect(taken.size).toEqual({ width: 1024, height: 1024 });
  });

  it("leaves the seed alone where it is not wanted, and does nothing with nothing", async () => {
    const backend = await open();
    const dialog = await read(backend, TOLD);
    await fireEvent.click(await dialog.findByRole("checkbox", { name: "Seed 77" }));
    for (const name of ["Prompt", "Undesired Content", "Settings", "Size"]) {
      await fireEvent.click(dialog.getByRole("checkbox", { name }));
    }
    expect(dialog.getByText("Nothing is chosen.")).toBeVisible();
    expect(dialog.getByRole("button", { name: "Take over" })).toBeDisabled();
  });

  it("of a picture that says nothing is off, or says so", async () => {
    const backend = await open();
    drop(backend, "plain.png");
    const choice = within(await asks()).getByRole("button", { name: /^Read settings/ });
    expect(choice).toHaveAttribute("aria-disabled", "true");
    expect(choice).toHaveTextContent("This picture does not say how it was made");
    await fireEvent.click(within(await asks()).getByRole("button", { name: "Nothing" }));
    const dialog = await read(backend, null);
    expect(await dialog.findByText(/^This picture does not say how it was made/)).toBeVisible();
    expect(dialog.queryByRole("button", { name: "Take over" })).toBeNull();
  });

  it("axe finds nothing in it", async () => {
    const backend = await open();
    const dialog = await read(backend, TOLD);
    await dialog.findByText("a red sea");
    expect(await broken()).toEqual([]);
  });
});

describe("several pictures to start from", () => {
  it("are priced together and queued by one click", async () => {
    const backend = await open({}, { server: "novelai" });
    await dropFor(backend, "Image to image", "a-512x768.png", "b-640x640.png");
    const dialog = within(await screen.findByRole("dialog", { name: "Image to image from 2 pictures" }));
    const go = await dialog.findByRole("button", { name: /^Make 2 pictures/ });
    expect(go).toHaveTextContent(/Anlas/);
    await fireEvent.click(dialog.getByRole("radio", { name: "Pad" }));
    await fireEvent.change(dialog.getByRole("spinbutton", { name: "Strength" }), { target: { value: "0.3" } });
    expect(dialog.getByText(/details/)).toBeVisible();
    await waitFor(() => expect(dialog.getByRole("button", { name: /^Make 2 pictures/ })).toBeEnabled());
    await fireEvent.click(dialog.getByRole("button", { name: /^Make 2 pictures/ }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(calls(backend, "enqueueEach")).toMatchObject([
      {
        request: { source: { kind: "image", strength: 0.3, fit: "pad" } },
        pictures: ["input-a-512x768.png", "input-b-640x640.png"],
      },
    ]);
    expect(enqueued(backend)).toHaveLength(2);
  });

  it("ask once more above the person's limit", async () => {
    const settings = { ...SETTINGS, askAbove: 1 };
    const backend = await open({}, { server: "novelai", settings });
    backend.estimateEach = (_, pictures) =>
      Promise.resolve({
        anlas: 40,
        pictures: pictures.map((id) => ({ image: id, size: REQUEST.size, anlas: 20, refused: null })),
      });
    await dropFor(backend, "Image to image", "a.png", "b.png");
    const dialog = within(await screen.findByRole("dialog", { name: "Image to image from 2 pictures" }));
    await waitFor(() => expect(dialog.getByRole("button", { name: /^Make 2 pictures/ })).toBeEnabled());
    await fireEvent.click(dialog.getByRole("button", { name: /^Make 2 pictures/ }));
    expect(await dialog.findByText(/more than 1 Anlas/)).toBeVisible();
    expect(enqueued(backend)).toEqual([]);
    expect(dialog.getByRole("button", { name: /^Yes, make 2 pictures/ })).toBeVisible();
    expect(await broken()).toEqual([]);
  });
});

describe("a finished picture", () => {
  const press = (key: string) => fireEvent.keyDown(document.body, { key });

  it("is enhanced for the price that stands on the button", async () => {
    const backend = await open({}, { images: [image("moon")] });
    await press("e");
    const dialog = within(await screen.findByRole("dialog", { name: "Enhance" }));
    await fireEvent.click(dialog.getByRole("radio", { name: "3" }));
    await fireEvent.click(dialog.getByRole("radio", { name: "1.5×" }));
    const go = await dialog.findByRole("button", { name: /^Enhance .*Anlas/ });
    expect(dialog.getByText("1248 × 1824".replace("1248", "1280").replace("1824", "1856"))).toBeVisible();
    await fireEvent.click(go);
    await waitFor(() => expect(enqueued(backend)).toHaveLength(1));
    const [sent] = calls(backend, "enqueue") as { request: GenerateRequest }[];
    expect(sent?.request.source).toMatchObject({ kind: "image", strength: 0.5, enhance: "yes" });
    expect(calls(backend, "enhanceRequest").at(-1)).toEqual({ image: "moon", magnitude: 3, to: "larger" });
  });

  it("is varied", async () => {
    const backend = await open({}, { images: [image("moon")] });
    await press("v");
    const dialog = within(await screen.findByRole("dialog", { name: "Variations" }));
    expect(await dialog.findByText("3 variations, the same size, other seeds")).toBeVisible();
    await fireEvent.click(await dialog.findByRole("button", { name: /^Make variations/ }));
    await waitFor(() => expect(enqueued(backend)).toHaveLength(1));
  });

  it("can't be enhanced where the price can't be told, and why is said", async () => {
    const backend = await open({}, { images: [image("moon")] });
    backend.estimate = () =>
      Promise.reject(new IpcError({ code: "refused", message: "A picture has at most 3 MP.", detail: "size" }));
    await press("e");
    const dialog = within(await screen.findByRole("dialog", { name: "Enhance" }));
    expect(await dialog.findByText("A picture has at most 3 MP.")).toBeVisible();
    expect(dialog.getByRole("button", { name: /^Enhance/ })).toBeDisabled();
  });
});
