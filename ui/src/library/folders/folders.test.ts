import { fireEvent, render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";

import { IpcError, standIn } from "../../ipc";
import { MockBackend } from "../../ipc/mock/backend";
import { folder } from "../../ipc/mock/library";
import { calls } from "../../test/app";
import { LibraryFolders } from "./folders.svelte";
import LibrarySettings from "./LibrarySettings.svelte";

const USUAL = "{date}/{time}-{seed}-{index}";

async function open(backend = new MockBackend(), names = USUAL) {
  standIn(backend);
  const folders = new LibraryFolders();
  const stop = folders.follow();
  const onnames = vi.fn(() => Promise.resolve(true));
  render(LibrarySettings, { folders, names, onnames });
  await waitFor(() => expect(folders.list.length).toBeGreaterThan(0));
  return { backend, folders, onnames, stop };
}

const rows = () => within(screen.getByRole("list", { name: "Folders of the library" })).getAllByRole("listitem");
const field = () => screen.getByRole<HTMLInputElement>("textbox", { name: "Names of new pictures" });
const examples = () => screen.findByRole("list", { name: "What the newest pictures would be called" });

describe("the folders of the library", () => {
  it("are listed with how they are, and the first can't be taken out", async () => {
    const backend = new MockBackend();
    backend.library.folderList = [
      folder(0, "/home/mira/Pictures", 1204, { missing: 3 }),
      folder(1, "/mnt/archive", 7, { state: "readOnly" }),
      folder(2, "/media/stick", 1, { state: "unreachable" }),
    ];
    await open(backend);
    expect(rows().map((row) => row.textContent.replace(/\s+/g, " ").trim())).toEqual([
      "/home/mira/Pictures New pictures go here · 1,204 pictures · the files of 3 are gone",
      "/mnt/archive 7 pictures · read-only: nothing in it can be thrown away",
      "/media/stick 1 picture · not there now; its pictures stay in the list",
    ]);
    expect(screen.queryByRole("button", { name: "Take /home/mira/Pictures out of the library" })).toBeNull();
  });

  it("are added where they are, and taken out after a question that says what becomes of the files", async () => {
    const { backend } = await open();
    await fireEvent.click(screen.getByRole("button", { name: "Add a folder…" }));
    await waitFor(() => expect(rows()).toHaveLength(2));
    const path = backend.library.picked ?? "";
    await fireEvent.click(screen.getByRole("button", { name: `Take ${path} out of the library` }));
    expect(await screen.findByText(/Its files stay where they are/)).toBeVisible();
    expect(calls(backend, "removeFolder")).toEqual([]);
    await fireEvent.click(screen.getByRole("button", { name: "Take out" }));
    await waitFor(() => expect(rows()).toHaveLength(1));
    expect(calls(backend, "removeFolder")).toEqual([1]);
  });

  it("say why one was refused", async () => {
    const { backend } = await open();
    vi.spyOn(backend.library, "pickFolder").mockRejectedValue(
      new IpcError({ code: "refused", message: "This folder is part of the library.", detail: null }),
    );
    await fireEvent.click(screen.getByRole("button", { name: "Add a folder…" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("This folder is part of the library.");
    expect(rows()).toHaveLength(1);
  });

  it("are looked at again, and follow what happens to them", async () => {
    const { backend } = await open();
    await fireEvent.click(screen.getByRole("button", { name: "Look again" }));
    expect(await screen.findByText("12 new, 1 moved, 2 broken")).toBeVisible();
    backend.tell("foldersChanged", [folder(0, "/elsewhere", 1)]);
    expect(await screen.findByText("/elsewhere")).toBeVisible();
  });
});

describe("the names of pictures", () => {
  it("are shown as they would be while the template is typed, and kept when the field is left", async () => {
    const { onnames } = await open();
    expect(within(await examples()).getByText("2026-11-22/20-05-09-1234567-0.png")).toBeVisible();
    await userEvent.clear(field());
    await userEvent.type(field(), "{{model}/{{seed}");
    expect(await screen.findByText("nai-diffusion-4-5-full/1234567.png")).toBeVisible();
    expect(onnames).not.toHaveBeenCalled();
    await userEvent.tab();
    await waitFor(() => expect(onnames).toHaveBeenCalledExactlyOnceWith("{model}/{seed}"));
  });

  it("are not kept while something is wrong, which is named", async () => {
    const { onnames } = await open();
    await userEvent.type(field(), "-{{colour}");
    expect(await screen.findByText("There is no value {colour}.")).toBeVisible();
    expect(field()).toBeInvalid();
    await userEvent.tab();
    await Promise.resolve();
    expect(onnames).not.toHaveBeenCalled();
    expect(field()).toHaveValue(`${USUAL}-{colour}`);
  });

  it("take a value where the caret is, and can be as they were at first", async () => {
    const { onnames } = await open(new MockBackend(), "a/b");
    field().setSelectionRange(2, 3);
    await fireEvent.click(screen.getByRole("button", { name: "Insert {seed}: the seed" }));
    await waitFor(() => expect(field()).toHaveValue("a/{seed}"));
    expect(field().selectionStart).toBe("a/{seed}".length);
    await fireEvent.click(screen.getByRole("button", { name: "As it was at first" }));
    await waitFor(() => expect(onnames).toHaveBeenCalledWith(USUAL));
  });
});
