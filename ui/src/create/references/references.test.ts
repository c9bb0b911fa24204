// Pictures from outside in the whole page: how they come in, what they can be used for, what excludes what.

import { fireEvent, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";

import { type GenerateRequest, IpcError } from "../../ipc";
import type { MockBackend, MockOptions } from "../../ipc/mock/backend";
import { catalogue } from "../../ipc/mock/catalogue";
import { calls, openApp } from "../../test/app";
import { broken } from "../../test/axe";
import { image, REQUEST } from "../../test/values";

const V5 = "nai-diffusion-5-full";
const V45 = "nai-diffusion-4-5-full";
const V3 = "nai-diffusion-3";

const open = (changes: Partial<GenerateRequest> = {}, options: Partial<MockOptions> = {}) =>
  openApp({ draft: { ...REQUEST, ...changes }, ...options });

const section = () => within(screen.getByRole("region", { name: "References" }));
const asks = () => screen.findByRole("dialog", { name: /What (?:is this picture|are these \d+ pictures) for\?/ });

/** Files over the window, at a place. */
const dragged = (files: number, x = 1) => ({
  at: { x, y: 50 },
  files,
  kinds: { pictures: files, vibes: 0, folders: 0, others: 0 },
});

/** What would be sent: the draft as it goes to the shell when the page goes away. */
function draft(backend: MockBackend): GenerateRequest {
  window.dispatchEvent(new Event("pagehide"));
  return calls(backend, "saveDraft").at(-1) as GenerateRequest;
}

async function add(what: string, way: string): Promise<void> {
  const menu = section().getByRole("button", { name: what });
  await fireEvent.click(menu);
  const list = document.getElementById(menu.getAttribute("aria-controls") ?? "");
  if (!list) throw new Error("no menu");
  await fireEvent.click(within(list).getByRole("menuitem", { name: new RegExp(`^${way}`), hidden: true }));
}

function paste(names: string[], text?: string, on: Element = document.body): boolean {
  const files = names.map((name) => new File(["bytes"], name, { type: "image/png" }));
  const clipboardData = {
    getData: () => "",
    files,
    types: [...(names.length > 0 ? ["Files"] : []), ...(text ? ["text/plain"] : [])],
  };
  const event = Object.assign(new Event("paste", { bubbles: true, cancelable: true }), { clipboardData });
  return on.dispatchEvent(event);
}

const vibe = (name: string) => ({ image: `input-${name}`, strength: 0.6, extraction: 0.7 });
const precise = (name: string) => ({ image: `input-${name}`, kind: "both" as const, strength: 1, fidelity: 1 });

describe.each(catalogue.models)("with $shortName", ({ id, shortName, vibes, references }) => {
  it("every kind of reference can be added, or is off with the reason and the model that helps", async () => {
    await open({ model: id });
    const off = screen
      .queryAllByTestId("references-off")
      .map(({ textContent }) => textContent.replace(/\s+/g, " ").trim());
    expect(section().getByRole("button", { name: "Base image" })).toHaveAttribute("aria-disabled", "false");
    for (const [name, able] of [
      ["Vibe Transfer", vibes],
      ["Precise Reference", references],
    ] as const) {
      expect(section().getByRole("button", { name })).toHaveAttribute("aria-disabled", String(!able));
    }
    // The nearest: who works with a curated model is offered a curated one.
    const helps = shortName.endsWith("Curated") ? "Use V4.5 Curated" : "Use V4.5 Full";
    if (vibes && references) expect(off).toEqual([]);
    else if (!vibes && !references)
      expect(off).toEqual([`${shortName} has neither Vibe Transfer nor Precise Reference. ${helps}`]);
    else expect(off).toEqual([`${shortName} has no ${vibes ? "Precise Reference" : "Vibe Transfer"}. ${helps}`]);
    if (off.length === 0) return;
    await fireEvent.click(section().getByRole("button", { name: helps }));
    await waitFor(() => expect(screen.queryAllByTestId("references-off")).toEqual([]));
  });

  it("a dropped picture can be used for what the model can", async () => {
    const backend = await open({ model: id });
    backend.tell("dropped", { at: { x: 1, y: 1 }, added: backend.addFiles(["a.png"]) });
    const dialog = within(await asks());
    const choice = (name: string) => dialog.getByRole("button", { name: new RegExp(`^${name}`) });
    expect(choice("Image to image")).toHaveAttribute("aria-disabled", "false");
    expect(choice("Vibe Transfer")).toHaveAttribute("aria-disabled", String(!vibes));
    expect(choice("Precise Reference")).toHaveAttribute("aria-disabled", String(!references));
  });
});

describe("a picture comes in", () => {
  it("from files", async () => {
    const backend = await open({ model: V45 });
    backend.picks = ["a.png", "b.jpg"];
    await add("Vibe Transfer", "From files");
    await waitFor(() => expect(draft(backend).references?.vibes).toEqual([vibe("a.png"), vibe("b.jpg")]));
    expect(calls(backend, "pickFiles")).toEqual(["files"]);
  });

  it("from the history", async () => {
    const backend = await open({ model: V45 }, { images: [image("moon")] });
    await add("Precise Reference", "The picture in sight");
    await waitFor(() => expect(draft(backend).references?.precise).toEqual([precise("moon.png")]));
  });

  it("from the viewer, after a question", async () => {
    const backend = await open({ model: V45 }, { images: [image("moon")] });
    await fireEvent.click(screen.getByRole("button", { name: "Use as reference…" }));
    await fireEvent.click(within(await asks()).getByRole("button", { name: /^Vibe Transfer/ }));
    expect(draft(backend).references?.vibes).toEqual([vibe("moon.png")]);
    expect(document.querySelector("dialog[open]")).toBeNull();
  });

  it("from the clipboard, after a question; what is not wanted is forgotten", async () => {
    const backend = await open({ model: V45 });
    expect(paste(["shot.png"])).toBe(false);
    const dialog = within(await asks());
    expect(calls(backend, "addPicture")).toEqual([{ name: "shot.png", bytes: 5 }]);
    await fireEvent.click(dialog.getByRole("button", { name: "Nothing" }));
    expect(document.querySelector("dialog[open]")).toBeNull();
    expect(section().queryAllByTestId("reference")).toHaveLength(0);
  });

  it("from the clipboard over a text field, unless a text comes with it", async () => {
    const backend = await open({ model: V45 });
    const field = screen.getByRole("spinbutton", { name: "Width" });
    expect(paste(["table.png"], "a table", field)).toBe(true);
    expect(paste([], "words", field)).toBe(true);
    paste(["table.png"], "a table", screen.getByRole("textbox", { name: "Prompt" }));
    expect(calls(backend, "addPicture")).toEqual([]);
    expect(paste(["shot.png"], undefined, field)).toBe(false);
    await asks();
  });

  it("from the clipboard by a click, and says when there is none to be had", async () => {
    await open({ model: V45 });
    await add("Base image", "From the clipboard");
    expect(await screen.findByText(/The clipboard gave no picture/)).toBeVisible();
  });

  it("by dropping it on a zone", async () => {
    const backend = await open({ model: V45 });
    backend.tell("dragging", dragged(1, 250));
    const zone = (await screen.findByText("Its mood and composition are taken over")).parentElement;
    if (!zone) throw new Error("no zone");
    zone.getBoundingClientRect = () => new DOMRect(200, 0, 100, 100);
    backend.tell("dropped", { at: { x: 250, y: 50 }, added: backend.addFiles(["a.png"]) });
    await waitFor(() => expect(draft(backend).references?.vibes).toEqual([vibe("a.png")]));
    expect(screen.queryByText("Its mood and composition are taken over")).toBeNull();
  });

  it("by dropping it anywhere, even where the zone can't take it", async () => {
    const backend = await open({ model: V5 });
    backend.tell("dragging", dragged(1, 250));
    const title = await screen.findByText("It works on V4.5 Full.", { selector: "[data-zone=vibe] *" });
    const zone = title.parentElement;
    if (!zone) throw new Error("no zone");
    zone.getBoundingClientRect = () => new DOMRect(200, 0, 100, 100);
    backend.tell("dropped", { at: { x: 250, y: 50 }, added: backend.addFiles(["a.png"]) });
    const dialog = within(await asks());
    const [help] = dialog.getAllByRole("button", { name: "Use V4.5 Full" });
    if (help) await fireEvent.click(help);
    await waitFor(() =>
      expect(dialog.getByRole("button", { name: /^Vibe Transfer/ })).toHaveAttribute("aria-disabled", "false"),
    );
    await fireEvent.click(dialog.getByRole("button", { name: /^Vibe Transfer/ }));
    expect(draft(backend).references?.vibes).toHaveLength(1);
  });

  it("and goes when the files leave the window", async () => {
    const backend = await open();
    backend.tell("dragging", dragged(2));
    expect(await screen.findByRole("status", { name: "Drop the 2 files where you want to use them" })).toBeVisible();
    backend.tell("dragging", { at: null, files: 0, kinds: null });
    await waitFor(() => expect(screen.queryByRole("status", { name: /Drop the/ })).toBeNull());
  });

  it("unless it is refused: then it is listed by name, with the reason, and the others are taken", async () => {
    const backend = await open({ model: V45 });
    backend.picks = ["a.png", "notes.txt", "long/<b>name</b>.exe"];
    await add("Vibe Transfer", "From files");
    const alert = await section().findByRole("alert");
    expect(alert).toHaveTextContent("notes.txt: It is no picture and no vibe that Atelier can read.");
    expect(alert).toHaveTextContent("long/<b>name</b>.exe: ");
    expect(draft(backend).references?.vibes).toEqual([vibe("a.png")]);
    await fireEvent.click(within(alert).getByRole("button", { name: "OK" }));
    expect(section().queryByRole("alert")).toBeNull();
  });

  it("unless the shell fails: then the draft is what it was", async () => {
    const backend = await open({ model: V45 });
    backend.addPicture = () =>
      Promise.reject(new IpcError({ code: "diskFull", message: "No space left.", detail: null }));
    backend.pickFiles = () => Promise.reject(new IpcError({ code: "readOnly", message: "Read-only.", detail: null }));
    paste(["shot.png"]);
    expect(await screen.findByText(/No space left\./)).toBeVisible();
    await add("Base image", "From files");
    expect(await section().findByText("The folder can’t be written to. Read-only.")).toBeVisible();
    expect(section().queryAllByTestId("reference")).toHaveLength(0);
  });
});

describe("a base image", () => {
  it("brings its size", async () => {
    const backend = await open({ model: V5 });
    backend.tell("dropped", { at: { x: 1, y: 1 }, added: backend.addFiles(["wide-1530x1020.png"]) });
    await fireEvent.click(within(await asks()).getByRole("button", { name: /^Image to image/ }));
    const { source, size } = draft(backend);
    expect(source).toEqual({
      kind: "image",
      image: "input-wide-1530x1020.png",
      strength: 0.7,
      noise: 0,
      colorCorrect: false,
      fit: "crop",
    });
    expect(size).toEqual({ width: 1216, height: 832 });
    expect(section().getByText("The size is 1216 × 832 now, to fit the base image.")).toBeInTheDocument();
  });

  it("is set, and says what its numbers mean", async () => {
    const backend = await open({ model: V5 });
    backend.picks = ["a.png"];
    await add("Base image", "From files");
    const strength = await section().findByRole("spinbutton", { name: "Strength" });
    expect(screen.getByTestId("means")).toHaveTextContent("0.7: shapes are redrawn, the composition stays.");
    await fireEvent.change(strength, { target: { value: "0.2" } });
    await fireEvent.change(section().getByRole("spinbutton", { name: "Noise" }), { target: { value: "0.1" } });
    await fireEvent.click(section().getByRole("switch", { name: "Colour correction" }));
    expect(screen.getByTestId("means")).toHaveTextContent("0.2: a touch; nearly everything stays. A little noise");
    expect(draft(backend).source).toMatchObject({ strength: 0.2, noise: 0.1, colorCorrect: true });
    await fireEvent.click(section().getByRole("button", { name: "Remove a.png" }));
    expect(draft(backend).source).toEqual({ kind: "text" });
  });

  it("of another shape is cut, laid on room or stretched, and shown as it is sent", async () => {
    const backend = await open({ model: V45 });
    backend.picks = ["wide-1216x832.png"];
    await add("Base image", "From files");
    await section().findByRole("spinbutton", { name: "Strength" });
    expect(section().queryByRole("radiogroup", { name: "How it comes into the size" })).toBeNull();
    await fireEvent.click(screen.getByRole("radio", { name: "Portrait" }));
    const shown = await section().findByRole("img", { name: /^The picture as it is sent/ });
    expect(shown).toHaveAttribute("src", "missing/crop-832-1216/input-wide-1216x832.png");
    await fireEvent.click(section().getByRole("radio", { name: "Pad" }));
    expect(section().getByText(/with white beside it/)).toBeVisible();
    expect(shown).toHaveAttribute("src", "missing/pad-832-1216/input-wide-1216x832.png");
    expect(draft(backend).source).toMatchObject({ fit: "pad" });
  });

  it("offers its own size where the draft has another", async () => {
    const backend = await open({ model: V5 });
    backend.picks = ["wide-1536x1024.png"];
    await add("Base image", "From files");
    await fireEvent.click(await section().findByRole("button", { name: "Use 1536 × 1024" }));
    expect(draft(backend).size).toEqual({ width: 1536, height: 1024 });
  });
});

describe("vibes", () => {
  it("say what encoding costs before it is done, and that some are encoded", async () => {
    const backend = await open({ model: V45 });
    backend.picks = ["a.png", "b.png", "c.png"];
    backend.encoded.add("input-b.png");
    await add("Vibe Transfer", "From files");
    const cards = await section().findAllByTestId("reference");
    await waitFor(() => expect(cards[0]).toHaveTextContent("Encoding costs 2 Anlas, once"));
    expect(cards[1]).toHaveTextContent("Encoded: costs nothing more");
    expect(section().getByText(/^2 vibes are encoded first, for 4 Anlas\./)).toBeVisible();
  });

  it("are set, normalised and removed", async () => {
    const backend = await open({ model: V45 });
    backend.picks = ["a.png", "b.png"];
    await add("Vibe Transfer", "From files");
    await fireEvent.change(await section().findByRole("spinbutton", { name: "Reference Strength of b.png" }), {
      target: { value: "-0.3" },
    });
    await fireEvent.change(section().getByRole("spinbutton", { name: "Information Extracted of a.png" }), {
      target: { value: "1" },
    });
    await fireEvent.click(section().getByRole("switch", { name: "Normalise strengths" }));
    await fireEvent.click(section().getByRole("button", { name: "Remove a.png" }));
    expect(draft(backend).references).toMatchObject({
      vibes: [{ ...vibe("b.png"), strength: -0.3 }],
      normalizeVibes: true,
    });
  });

  it("come from their files, with and without pictures, and go into one", async () => {
    const backend = await open({ model: V45 });
    backend.picks = ["mood.naiv4vibe", "encoded.naiv4vibe", "two.naiv4vibebundle"];
    await add("Base image", "From files");
    backend.tell("dropped", { at: { x: 1, y: 1 }, added: backend.addFiles(backend.picks.slice(1)) });
    await waitFor(() => expect(section().getAllByTestId("reference")).toHaveLength(4));
    const { references } = draft(backend);
    expect(references?.vibes).toContainEqual({ image: "input-mood.png", strength: 0.5, extraction: 0.7 });
    expect(references?.vibes?.find(({ image: id }) => id === "vibe-encoded")).toMatchObject({ encoded: true });
    expect(section().getByText("0.7, as it was encoded")).toBeVisible();
    await fireEvent.click(section().getByRole("button", { name: "Save as a file…" }));
    expect(await section().findByText("Vibes saved")).toBeInTheDocument();
    expect(calls(backend, "exportVibes")).toEqual([{ vibes: references?.vibes }]);
  });

  it("beyond the most are refused by name", async () => {
    const most = catalogue.limits.maxVibes;
    const many = Array.from({ length: most }, (_, index) => vibe(`${index}.png`));
    const backend = await open({ model: V45, references: { vibes: many } });
    expect(section().getByRole("button", { name: "Vibe Transfer" })).toHaveAttribute("aria-disabled", "true");
    expect(section().getByText(`A picture takes at most ${most} vibes.`)).toBeVisible();
    backend.tell("dropped", { at: { x: 1, y: 1 }, added: backend.addFiles(["mood.naiv4vibe"]) });
    expect(await section().findByRole("alert")).toHaveTextContent(`mood: A picture takes at most ${most} vibes.`);
  });

  it("that an older model can't read say so", async () => {
    await open({ model: V3, references: { vibes: [{ ...vibe("a.png"), image: "vibe-x", encoded: true }] } });
    expect(await section().findByText("V3 takes vibes as pictures; an encoded one is for other models.")).toBeVisible();
  });

  it("whose price can't be told leave the price to the button", async () => {
    const backend = await open({ model: V45 });
    backend.vibeStates = () => Promise.reject(new IpcError({ code: "internal", message: "", detail: null }));
    backend.picks = ["a.png"];
    await add("Vibe Transfer", "From files");
    await section().findByTestId("reference");
    expect(section().queryByText(/Anlas/)).toBeNull();
  });
});

describe("precise references", () => {
  it("are shown as they are sent, and set", async () => {
    const backend = await open({ model: V45 });
    const asked = vi.spyOn(backend, "inputUrl");
    backend.picks = ["a.png"];
    await add("Precise Reference", "From files");
    await section().findByTestId("reference");
    expect(asked).toHaveBeenCalledWith("input-a.png", "precise");
    await fireEvent.click(section().getByRole("radio", { name: "Style" }));
    await fireEvent.change(section().getByRole("spinbutton", { name: "Strength of a.png" }), {
      target: { value: "0.5" },
    });
    await fireEvent.change(section().getByRole("spinbutton", { name: "Fidelity of a.png" }), {
      target: { value: "0.25" },
    });
    expect(draft(backend).references?.precise).toEqual([
      { image: "input-a.png", kind: "style", strength: 0.5, fidelity: 0.25 },
    ]);
  });

  it("say what each costs", async () => {
    const backend = await open({ model: V45, references: { precise: [precise("a.png")] } });
    backend.estimate = () =>
      Promise.resolve({
        anlas: 5,
        full: 22,
        free: "opus",
        parts: [{ kind: "preciseReferences", count: 1, each: 5, anlas: 5 }],
      });
    await fireEvent.click(section().getByRole("radio", { name: "Style" }));
    expect(await section().findByText("Each costs 5 Anlas for every picture.")).toBeVisible();
  });
});

describe("what excludes what is said:", () => {
  it("vibes beside a precise reference are kept and not sent", async () => {
    const backend = await open({
      model: V45,
      references: { vibes: [vibe("a.png")], precise: [precise("b.png")] },
    });
    const said = screen.getByTestId("vibes-unsent");
    expect(said).toHaveTextContent("Precise Reference excludes Vibe Transfer: the vibes are kept, but not sent.");
    expect(section().queryByText(/Encoding/)).toBeNull();
    await fireEvent.click(within(said).getByRole("button", { name: "Remove the vibes" }));
    expect(draft(backend).references).toEqual({ vibes: [], precise: [precise("b.png")] });
  });

  it("vibes while a part of a picture is painted anew", async () => {
    await open({
      model: V45,
      references: { vibes: [vibe("a.png")] },
      source: { kind: "inpaint", image: "input-b.png", mask: "input-m.png", strength: 1 },
    });
    expect(screen.getByTestId("vibes-unsent")).toHaveTextContent("vibes are kept but not sent");
    expect(section().getByText("A part of it is painted anew.")).toBeVisible();
  });

  it("references that the model can't use, with the way out", async () => {
    const backend = await open({
      model: V5,
      references: { vibes: [vibe("a.png")], precise: [precise("b.png")] },
    });
    expect(screen.getByTestId("vibes-unsent")).toHaveTextContent("V5 Full can’t use these.");
    await fireEvent.click(
      within(screen.getByTestId("precise-unsent")).getByRole("button", { name: "Remove the references" }),
    );
    expect(draft(backend).references?.precise).toEqual([]);
  });

  it("a picture whose file is gone", async () => {
    await open({ model: V45, references: { vibes: [vibe("lost.png")] } });
    expect(await section().findByText("Its file is gone. Remove it, or add it again.")).toBeVisible();
  });
});

describe("the references at hand", () => {
  it("are kept, used again, and forgotten", async () => {
    const backend = await open({ model: V45 });
    const user = userEvent.setup();
    backend.picks = ["a.png"];
    await add("Vibe Transfer", "From files");
    await user.click(await section().findByRole("button", { name: "Keep a.png at hand" }));
    expect(calls(backend, "saveReference")).toEqual([{ id: "input-a.png", name: "a.png", kind: "picture" }]);
    await add("Precise Reference", "From the references");
    const dialog = within(screen.getByRole("dialog", { name: "References at hand" }));
    expect(dialog.queryByRole("button", { name: "Vibe Transfer: a.png" })).toBeNull();
    await user.click(dialog.getByRole("button", { name: "Precise Reference: a.png" }));
    expect(draft(backend).references?.precise).toEqual([precise("a.png")]);
    await user.click(section().getByRole("button", { name: "At hand" }));
    await user.click(
      within(screen.getByRole("dialog", { name: "References at hand" })).getByRole("button", {
        name: "No longer keep a.png at hand",
      }),
    );
    expect(calls(backend, "forgetReference")).toEqual([{ id: "input-a.png" }]);
    expect(screen.getByText(/^Keep a reference at hand with the bookmark/)).toBeVisible();
  });
});

describe("axe finds nothing in", () => {
  const references = { vibes: [vibe("a.png"), vibe("c.png")], precise: [precise("b.png")] };
  const source = { kind: "image" as const, image: "input-a.png", strength: 0.7, noise: 0 };

  it.each([V5, V45, V3])("everything that %s can have", async (model) => {
    await open({ model, references, source });
    expect(await broken()).toEqual([]);
  });

  it("the zones for dragged files", async () => {
    const backend = await open({ model: V5 });
    backend.tell("dragging", dragged(2));
    await screen.findByRole("status", { name: /^Drop the 2 files/ });
    expect(await broken()).toEqual([]);
  });

  it("the question what a picture is for, and the refused", async () => {
    const backend = await open({ model: V5 });
    backend.tell("dropped", { at: { x: 1, y: 1 }, added: backend.addFiles(["a.png", "b.txt"]) });
    await asks();
    expect(await broken()).toEqual([]);
  });

  it("the references at hand", async () => {
    const backend = await open({ model: V5 });
    await backend.saveReference({ id: "x", name: "Mood", kind: "vibe" });
    await fireEvent.click(section().getByRole("button", { name: "At hand" }));
    expect(await broken()).toEqual([]);
  });
});
