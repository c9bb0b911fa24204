import { fireEvent, render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { IpcError, standIn } from "../../ipc";
import { MockBackend } from "../../ipc/mock/backend";
import { calls } from "../../test/app";
import { broken } from "../../test/axe";
import { image } from "../../test/values";
import { SHARE_AS_IT_IS, Sharing } from "../../share/sharing.svelte";
import { LibraryFolders } from "../folders/folders.svelte";
import LibraryView from "./LibraryRoom.svelte";
import { LibraryRoom } from "./room.svelte";

let backend: MockBackend;
const onseed = vi.fn();
const sharing = new Sharing(
  () => SHARE_AS_IT_IS,
  () => Promise.resolve(),
);
const many = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    image(`i${index}`, { created: Date.now() - index, prompt: index % 2 ? "rain" : "sun", seed: index }),
  );

async function open(images = many(6)): Promise<LibraryRoom> {
  backend = new MockBackend({ images });
  standIn(backend);
  const room = new LibraryRoom();
  render(LibraryView, {
    room,
    folders: new LibraryFolders(),
    modelName: (id: string) => id,
    onseed,
    onsettings: vi.fn(),
    onresult: vi.fn(),
    sharing,
  });
  await waitFor(() => expect(room.found).not.toBeNull());
  return room;
}

/** Without the page around it there is no heading and no main part. */
const violations = async () =>
  (await broken()).filter((found) => !/^(landmark-one-main|page-has-heading-one|region)/.test(found));
const grid = () => screen.getByRole("listbox", { name: "Pictures found" });
const cells = () => within(grid()).getAllByRole("option");
const cell = (index: number) => cells()[index] ?? document.body;
const press = (key: string, held: object = {}) => fireEvent.keyDown(grid(), { key, ...held });
const point = (index: number, held: object = {}) => fireEvent.pointerDown(cell(index), { button: 0, ...held });

beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(1000);
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(800);
  localStorage.clear();
});

describe("the Library room", () => {
  it("says what will be here while nothing is", async () => {
    await open([]);
    expect(screen.getByText("An empty wall")).toBeVisible();
    expect(await violations()).toEqual([]);
  });

  it("says what it did not understand of a search, and finds with the rest", async () => {
    const room = await open();
    const box = screen.getByRole("combobox", { name: "Search the library" });
    await userEvent.type(box, "rain colour:red");
    expect(await screen.findByText("There is no field “colour”.")).toBeVisible();
    await waitFor(() => expect(room.total).toBe(3));
    await fireEvent.keyDown(box, { key: "Escape" });
    await fireEvent.keyDown(box, { key: "Escape" });
    await waitFor(() => expect(room.total).toBe(6));
  });

  it("lets go of a picture's pixels when its cell leaves", async () => {
    await open();
    await waitFor(() => expect(grid().querySelectorAll("img[src]")).toHaveLength(6));
    const faces = [...grid().querySelectorAll("img")];
    await userEvent.type(screen.getByRole("combobox", { name: "Search the library" }), "rain");
    await waitFor(() => expect(cells()).toHaveLength(3));
    const left = faces.filter((face) => !face.isConnected);
    expect(left.length).toBeGreaterThan(0);
    expect(left.filter((face) => face.hasAttribute("src"))).toEqual([]);
    await waitFor(() => expect(grid().querySelectorAll("img[src]")).toHaveLength(3));
  });

  it("completes what is typed, and leaves Enter to an input method", async () => {
    const room = await open();
    const box = screen.getByRole("combobox", { name: "Search the library" });
    await userEvent.type(box, "is:k");
    const offer = await screen.findByRole("option", { name: /is:kept/ });
    expect(offer).toBeVisible();
    await fireEvent.keyDown(box, { key: "ArrowDown" });
    await fireEvent.keyDown(box, { key: "Enter", isComposing: true });
    expect(box).toHaveValue("is:k");
    await fireEvent.keyDown(box, { key: "Enter" });
    await waitFor(() => expect(room.text).toBe("is:kept "));
  });

  it("selects a range, rates it, and takes it back", async () => {
    await open();
    await point(1);
    await point(3, { shiftKey: true });
    expect(cells().map((option) => option.getAttribute("aria-selected"))).toEqual(
      [false, true, true, true, false, false].map(String),
    );
    expect(screen.getByText("3 selected")).toBeVisible();
    await press("4");
    await screen.findByText("3 pictures rated.");
    expect(cell(2)).toHaveAccessibleName(/4 ★/);
    expect(await violations()).toEqual([]);
    await fireEvent.click(screen.getByRole("button", { name: "Undo" }));
    await waitFor(() => expect(cell(2)).not.toHaveAccessibleName(/★/));
  });

  it("moves by arrows, extends by Shift, and looks at one by Space", async () => {
    const room = await open();
    grid().focus();
    await press("ArrowRight");
    await press("ArrowRight", { shiftKey: true });
    expect([room.focus, room.selected]).toEqual([2, 2]);
    await press(" ");
    const quick = await screen.findByRole("dialog", { name: "Quick look" });
    expect(within(quick).getByText("3 of 6")).toBeVisible();
    await fireEvent.keyDown(quick, { key: "ArrowRight" });
    expect(await within(quick).findByText("4 of 6")).toBeVisible();
    expect(await violations()).toEqual([]);
    await fireEvent.keyDown(quick, { key: " " });
    await waitFor(() => expect(screen.queryByRole("dialog", { name: "Quick look" })).toBeNull());
  });

  it("puts pictures into an album, and groups by it", async () => {
    await open();
    await point(0);
    await fireEvent.click(screen.getByRole("button", { name: "Albums" }));
    await userEvent.type(await screen.findByLabelText("New album"), "Sea{Enter}");
    await screen.findByText("1 picture sorted.");
    await fireEvent.click(screen.getByRole("radio", { name: "Album" }));
    expect(await screen.findByRole("button", { name: "Fold Sea" })).toBeVisible();
    await fireEvent.click(screen.getByRole("button", { name: "Fold In no album" }));
    await waitFor(() => expect(cells()).toHaveLength(1));
  });

  it("throws away by Delete, brings back by Undo, and asks before it deletes for good", async () => {
    const room = await open();
    await point(0);
    await point(1, { ctrlKey: true });
    await fireEvent.keyDown(grid(), { key: "Delete" });
    await screen.findByText("2 pictures are in the trash.");
    await waitFor(() => expect(room.total).toBe(4));
    await fireEvent.click(screen.getByRole("button", { name: "Undo" }));
    await waitFor(() => expect(room.total).toBe(6));
    await point(0);
    await fireEvent.keyDown(grid(), { key: "Delete" });
    await waitFor(() => expect(room.total).toBe(5));
    await fireEvent.click(screen.getByRole("button", { name: /^Trash/ }));
    const dialog = await screen.findByRole("dialog", { name: "Trash" });
    await fireEvent.click(await within(dialog).findByRole("button", { name: "Delete for good" }));
    expect(calls(backend, "emptyTrash")).toEqual([]);
    await fireEvent.click(within(dialog).getByRole("button", { name: "Delete" }));
    await within(dialog).findByText(/Nothing in the trash/);
    expect(calls(backend, "emptyTrash")).toEqual([{ ids: null, forGood: true }]);
  });

  it("never throws away while somebody types", async () => {
    await open();
    const box = screen.getByRole("combobox", { name: "Search the library" });
    box.focus();
    await fireEvent.keyDown(box, { key: "Delete" });
    await fireEvent.keyDown(box, { key: "x" });
    await fireEvent.keyDown(box, { key: "3" });
    expect([calls(backend, "trash"), calls(backend, "change")]).toEqual([[], []]);
  });

  it("narrows down by what the pictures have in common", async () => {
    const room = await open([image("a", { kind: "inpaint", created: 2 }), image("b", { created: 1 })]);
    await fireEvent.click(screen.getByRole("button", { name: /^Inpainting/ }));
    await waitFor(() => expect(room.total).toBe(1));
    expect(screen.getByRole("button", { name: /^Inpainting/ })).toHaveAttribute("aria-pressed", "true");
  });

  it("saves copies of a selection as a ZIP that tells nothing, and gives the seed", async () => {
    await open();
    await point(1);
    await point(2, { shiftKey: true });
    await fireEvent.click(screen.getByRole("button", { name: "Save a copy…" }));
    const dialog = await screen.findByRole("dialog", { name: "Save copies of 2 pictures" });
    await fireEvent.click(within(dialog).getByRole("radio", { name: "One ZIP" }));
    await fireEvent.click(within(dialog).getByRole("radio", { name: "Nothing" }));
    expect(await violations()).toEqual([]);
    await fireEvent.click(within(dialog).getByRole("button", { name: "Choose where…" }));
    await within(dialog).findByText("2 pictures are in pictures.zip, in /home/mira/Pictures.");
    expect(calls(backend, "exportPictures")).toMatchObject([
      { chosen: { kind: "found", ranges: [[1, 3]] }, how: { metadata: "strip" }, kind: "zip" },
    ]);
    await fireEvent.click(within(dialog).getByRole("button", { name: "Close" }));
    await point(3);
    await fireEvent.click(await screen.findByRole("button", { name: "Use seed 3" }));
    expect(onseed).toHaveBeenCalledWith(3);
  });
});

describe("the family of a picture", () => {
  it("stands below its first, with what is different in words", async () => {
    await open([
      image("child", { created: 3, parent: "first", kind: "upscale", width: 1664, height: 2432, seed: null }),
      image("first", { created: 2 }),
    ]);
    await point(0);
    const child = await screen.findByRole("button", { name: /^Upscaling\. 832 × 1216 → 1664 × 2432; another seed/ });
    expect(child).toHaveAttribute("aria-current", "true");
    expect(screen.getByRole("button", { name: "Words. The first of its family" })).toBeVisible();
    expect(await violations()).toEqual([]);
  });

  it("is not there where a picture stands alone", async () => {
    await open();
    await point(0);
    await screen.findByText("Raw metadata");
    expect(screen.queryByRole("heading", { name: "Family" })).toBeNull();
  });
});

describe("more like this", () => {
  it("shows what looks like a picture, and leads back", async () => {
    const room = await open();
    await point(0);
    await fireEvent.click(await screen.findByRole("button", { name: "More like this" }));
    expect(await screen.findByRole("button", { name: "Fold Like: sun" })).toBeVisible();
    expect(room.total).toBe(3);
    await fireEvent.click(screen.getByRole("button", { name: "Back to the search" }));
    await waitFor(() => expect(room.total).toBe(6));
  });
});

describe("statistics", () => {
  it("say what could not be read, and else tell the library in numbers", async () => {
    await open();
    const works = backend.library.statistics.bind(backend.library);
    backend.library.statistics = () => Promise.reject(new Error("no"));
    await fireEvent.click(screen.getByRole("button", { name: "Statistics" }));
    const dialog = await screen.findByRole("dialog", { name: "Statistics" });
    const again = await within(dialog).findByRole("button", { name: "Try again" });
    backend.library.statistics = works;
    await fireEvent.click(again);
    expect(await within(dialog).findByText("layered hills")).toBeVisible();
    expect(within(dialog).getByRole("list", { name: "Pictures by day" }).children).toHaveLength(30);
    expect(await violations()).toEqual([]);
  });
});

describe("review", () => {
  it("keeps and rejects by one key, takes back, and asks at the end what to do", async () => {
    const room = await open(many(3));
    await fireEvent.click(screen.getByRole("button", { name: "Review" }));
    const dialog = await screen.findByRole("dialog", { name: "Review" });
    expect(await violations()).toEqual([]);
    const key = (pressed: string, held: object = {}) => fireEvent.keyDown(dialog, { key: pressed, ...held });
    await key("x");
    await key("z", { ctrlKey: true });
    expect(await within(dialog).findByText("1 of 3")).toBeVisible();
    await key("x");
    await key("k");
    await key("u");
    expect(await within(dialog).findByRole("heading", { name: "All seen" })).toBeVisible();
    expect(within(dialog).getByText("1 kept")).toBeVisible();
    const album = within(dialog).getByRole("textbox", { name: "Put the kept ones into an album" });
    await fireEvent.input(album, { target: { value: " " } });
    await fireEvent.submit(album);
    expect(calls(backend, "change")).not.toContainEqual(
      expect.objectContaining({ change: { kind: "addTo", album: " " } }),
    );
    await fireEvent.input(album, { target: { value: "Best" } });
    backend.library.change = () =>
      Promise.reject(new IpcError({ code: "diskFull", message: "The disk is full.", detail: null }));
    await fireEvent.submit(album);
    expect(await within(dialog).findByText("Nothing was put into “Best”: The disk is full.")).toBeVisible();
    Reflect.deleteProperty(backend.library, "change");
    await fireEvent.submit(album);
    expect(await within(dialog).findByText("1 picture is in “Best”.")).toBeVisible();
    await waitFor(() => expect(room.albums).toContain("Best"));
    await fireEvent.click(within(dialog).getByRole("button", { name: "Move 1 rejected picture to the trash" }));
    await waitFor(() => expect(room.total).toBe(2));
    expect(calls(backend, "trash")).toEqual([{ kind: "ids", ids: ["i0"] }]);
  });
});

describe("comparison", () => {
  it("shows what is selected side by side, and one fewer", async () => {
    await open();
    await point(0);
    await point(2, { shiftKey: true });
    await press("c");
    const dialog = await screen.findByRole("dialog", { name: "Compare" });
    expect(within(dialog).getAllByRole("figure")).toHaveLength(3);
    expect(await violations()).toEqual([]);
    const [out] = within(dialog).getAllByRole("button", { name: "Take out" });
    await fireEvent.click(out ?? dialog);
    await waitFor(() => expect(within(dialog).getAllByRole("figure")).toHaveLength(2));
  });
});

describe("albums", () => {
  async function withAlbum(): Promise<LibraryRoom> {
    const room = await open();
    await backend.library.change({ kind: "ids", ids: ["i0", "i1"] }, { kind: "addTo", album: "Sea" });
    await backend.library.createAlbum("Land");
    await room.look("");
    await room.readNames();
    await screen.findByRole("button", { name: "What to do with Land" });
    return room;
  }
  const choose = async (album: string, verb: string) => {
    await fireEvent.click(screen.getByRole("button", { name: `What to do with ${album}` }));
    await fireEvent.click(
      within(screen.getByRole("menu", { name: `What to do with ${album}` })).getByText(verb, { exact: false }),
    );
  };

  it("say why they can't be called so, are renamed, and called as before by Undo", async () => {
    const room = await withAlbum();
    await choose("Sea", "Rename");
    const dialog = await screen.findByRole("dialog", { name: "Rename" });
    const field = within(dialog).getByLabelText("New name of Sea");
    await fireEvent.input(field, { target: { value: "land" } });
    await fireEvent.submit(field);
    expect(await within(dialog).findByRole("alert")).toHaveTextContent("There is an album of this name already.");
    expect(await violations()).toEqual([]);
    await fireEvent.input(field, { target: { value: "Ocean" } });
    await fireEvent.submit(field);
    await screen.findByRole("button", { name: /^Ocean/ });
    expect(calls(backend, "renameAlbum")).toEqual([
      { from: "Sea", to: "land" },
      { from: "Sea", to: "Ocean" },
    ]);
    await fireEvent.click(screen.getByRole("button", { name: "Undo" }));
    await screen.findByRole("button", { name: /^Sea/ });
    await waitFor(() => expect(room.albums).toEqual(["Land", "Sea"]));
  });

  it("go, and come back with their pictures by Undo", async () => {
    const room = await withAlbum();
    await choose("Sea", "Delete the album");
    await screen.findByText("The album is gone. Its 2 pictures stay.");
    await waitFor(() => expect(screen.queryByRole("button", { name: /^Sea/ })).toBeNull());
    expect(room.total).toBe(6);
    await fireEvent.click(screen.getByRole("button", { name: "Undo" }));
    expect(await screen.findByRole("button", { name: "Sea 2" })).toBeVisible();
  });
});

describe("labels", () => {
  it("have a tick where all have them and a dash where some do, and are put on and taken away in bulk", async () => {
    const room = await open();
    await backend.library.change({ kind: "ids", ids: ["i0"] }, { kind: "label", label: "print" });
    await point(0);
    await point(2, { shiftKey: true });
    await fireEvent.click(screen.getByRole("button", { name: "Labels" }));
    const box = await screen.findByRole("checkbox", { name: /^print/ });
    await waitFor(() => expect(box).toHaveAttribute("aria-checked", "mixed"));
    expect(box).toHaveTextContent("1 of 3");
    await fireEvent.click(box);
    await waitFor(() =>
      expect(screen.getByRole("checkbox", { name: "print" })).toHaveAttribute("aria-checked", "true"),
    );
    expect(room.selected).toBe(3);
    await fireEvent.click(screen.getByRole("checkbox", { name: "print" }));
    await waitFor(() => expect(calls(backend, "change").at(-1)).toMatchObject({ change: { kind: "unlabel" } }));
    await room.undo();
    await waitFor(async () =>
      expect((await backend.library.sortingOf({ kind: "ids", ids: ["i2"] })).labels).toHaveLength(1),
    );
  });
});

describe("stacks", () => {
  it("are one cell with a count, meant as a whole, and opened in place by S", async () => {
    const room = await open();
    await fireEvent.click(screen.getByRole("button", { name: "Stacks" }));
    await waitFor(() => expect(cells()).toHaveLength(2));
    await waitFor(() => expect(cell(0)).toHaveAccessibleName(/^Stack of 3, folded\./));
    await point(0);
    expect(room.selected).toBe(3);
    expect(await violations()).toEqual([]);
    grid().focus();
    await press("s");
    await waitFor(() => expect(cells()).toHaveLength(4));
    await waitFor(() => expect(cell(0)).toHaveAccessibleName(/^Stack of 3, open\./));
    await press("ArrowRight");
    expect([room.selected, room.focus]).toEqual([1, 1]);
    // Folded again, nobody could see which of them is selected.
    await press("s");
    await waitFor(() => expect(cells()).toHaveLength(2));
    expect(room.selected).toBe(0);
    expect(calls(backend, "search").at(-1)).toMatchObject({ stacked: true });
  });

  it("keep what is selected when other pictures come", async () => {
    const room = await open();
    await room.want(0, 6);
    await point(2);
    await point(3, { shiftKey: true });
    await backend.library.trash({ kind: "ids", ids: ["i0"] });
    await waitFor(() => expect(room.total).toBe(5));
    expect(room.selection).toEqual([[1, 3]]);
    expect(room.record(1)?.id).toBe("i2");
  });
});

describe("broken files", () => {
  it("are listed a page at a time, and can go to the trash", async () => {
    backend = new MockBackend({ images: many(3) });
    backend.library.brokenFiles = Array.from({ length: 120 }, (_, at) => ({
      place: { folder: 0, fileName: `cut-${at}.png` },
      reason: "The file is cut off.",
      image: at === 119 ? null : `b${at}`,
    }));
    standIn(backend);
    const room = new LibraryRoom();
    render(LibraryView, {
      room,
      folders: new LibraryFolders(),
      modelName: (id: string) => id,
      onseed,
      onsettings: vi.fn(),
      onresult: vi.fn(),
      sharing,
    });
    await fireEvent.click(await screen.findByRole("button", { name: /^Broken files/ }));
    const dialog = await screen.findByRole("dialog", { name: "Broken files" });
    expect(await within(dialog).findByText("100 of 120")).toBeVisible();
    await fireEvent.click(within(dialog).getByRole("button", { name: "Show more" }));
    await waitFor(() => expect(within(dialog).getAllByRole("listitem")).toHaveLength(120));
    await fireEvent.click(within(dialog).getByRole("button", { name: "Move to trash: cut-7.png" }));
    await waitFor(() => expect(calls(backend, "trash")).toEqual([{ kind: "ids", ids: ["b7"] }]));
  });
});

describe("two pictures", () => {
  it("say what is different in words, and lie over one another", async () => {
    await open();
    await point(0);
    await point(1, { shiftKey: true });
    await press("c");
    const dialog = await screen.findByRole("dialog", { name: "Compare" });
    expect(await within(dialog).findByLabelText("sun, only in the first")).toBeVisible();
    expect(within(dialog).getByLabelText("rain, only in the second")).toBeVisible();
    await fireEvent.keyDown(dialog, { key: "b" });
    expect(await within(dialog).findByRole("slider", { name: "Line between before and after" })).toBeInTheDocument();
    expect(await violations()).toEqual([]);
  });
});

describe("a review of more than one page", () => {
  it("reads on before the end, and ends where there are no more", async () => {
    await open(many(260));
    await fireEvent.click(screen.getByRole("button", { name: "Review" }));
    const dialog = await screen.findByRole("dialog", { name: "Review" });
    expect(within(dialog).getByText("1 of 260")).toBeVisible();
    for (let at = 0; at < 259; at += 1) await fireEvent.keyDown(dialog, { key: "ArrowRight" });
    expect(await within(dialog).findByText("260 of 260")).toBeVisible();
    await fireEvent.keyDown(dialog, { key: "k" });
    expect(await within(dialog).findByRole("heading", { name: "All seen" })).toBeVisible();
    expect(within(dialog).getByText("1 kept")).toBeVisible();
  });
});

describe("an export", () => {
  it("can be stopped on its way, and says that nothing is left", async () => {
    await open();
    backend.library.exportDelay = 20;
    await point(0);
    await point(4, { shiftKey: true });
    await fireEvent.click(screen.getByRole("button", { name: "Save a copy…" }));
    const dialog = await screen.findByRole("dialog", { name: "Save copies of 5 pictures" });
    await fireEvent.click(within(dialog).getByRole("button", { name: "Choose where…" }));
    await within(dialog).findByText(/ of 5$/);
    expect(within(dialog).getByRole("progressbar", { name: "Pictures exported" })).toBeVisible();
    await fireEvent.click(within(dialog).getByRole("button", { name: "Stop" }));
    expect(await within(dialog).findByText("Stopped. Nothing is left of it.")).toBeVisible();
    expect(calls(backend, "cancelExport")).toHaveLength(1);
  });

  it("names a full disk, and can be tried again", async () => {
    await open();
    const works = backend.library.exportPictures.bind(backend.library);
    backend.library.exportPictures = () =>
      Promise.reject(new IpcError({ code: "diskFull", message: "", detail: null }));
    await point(0);
    await point(1, { shiftKey: true });
    await fireEvent.click(screen.getByRole("button", { name: "Save a copy…" }));
    const dialog = await screen.findByRole("dialog", { name: "Save copies of 2 pictures" });
    await fireEvent.click(within(dialog).getByRole("button", { name: "Choose where…" }));
    const alert = await within(dialog).findByRole("alert");
    expect(alert).toHaveTextContent("Nothing was saved, and nothing is left half done.");
    backend.library.exportPictures = works;
    await fireEvent.click(within(dialog).getByRole("button", { name: "Choose where…" }));
    expect(await within(dialog).findByText(/^2 pictures are in/)).toBeVisible();
  });
});

describe("the menu of a picture", () => {
  it("opens by the menu key and by the other button, and does what keys do", async () => {
    await open();
    await point(1);
    grid().focus();
    await press("ContextMenu");
    const menu = await screen.findByRole("menu", { name: "What to do with them" });
    expect(within(menu).getByRole("menuitem", { name: /^More like this/ })).toBeInTheDocument();
    await fireEvent.click(within(menu).getByRole("menuitem", { name: /^Keep/ }));
    await waitFor(() =>
      expect(calls(backend, "change").at(-1)).toMatchObject({ change: { kind: "mark", mark: "keep" } }),
    );
    await fireEvent.contextMenu(cell(3), { clientX: 40, clientY: 40 });
    await waitFor(() => expect(cell(3)).toHaveAttribute("aria-selected", "true"));
  });
});

describe("more like this, while the library changes", () => {
  it("follows, and goes back to the search when the picture itself is gone", async () => {
    const room = await open();
    await room.want(0, 6);
    const picture = room.record(0);
    if (picture) await room.lookAlike(picture);
    expect(room.total).toBe(3);
    await backend.library.trash({ kind: "ids", ids: ["i2"] });
    await waitFor(() => expect(room.total).toBe(2));
    expect(room.alike?.id).toBe("i0");
  });
});
