import { fireEvent, render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { IpcError, standIn } from "../../ipc";
import { MockBackend } from "../../ipc/mock/backend";
import { calls } from "../../test/app";
import FilesDialog from "./FilesDialog.svelte";

let backend: MockBackend;
beforeEach(() => {
  backend = new MockBackend();
  standIn(backend);
});

async function open(text = "dusk, rain") {
  const ways = { onclose: vi.fn(), oninsert: vi.fn() };
  render(FilesDialog, { open: true, text, ...ways });
  await screen.findByText("weather");
  return { ...ways, user: userEvent.setup() };
}

describe("snippets", () => {
  it("are saved under a name, and put into the prompt", async () => {
    const { user, oninsert, onclose } = await open();
    const save = screen.getByRole("button", { name: "Save as snippet" });
    expect(save).toBeDisabled();
    await user.type(screen.getByRole("textbox", { name: "Name of a new snippet" }), "mood{Enter}");
    expect(await screen.findByText("“mood” is saved.")).toBeVisible();
    expect(calls(backend, "saveSnippet")).toEqual([{ name: "mood", text: "dusk, rain" }]);
    await user.click(screen.getByRole("button", { name: /^mood/ }));
    expect(oninsert).toHaveBeenCalledWith("dusk, rain");
    expect(onclose).toHaveBeenCalledOnce();
  });

  it("are deleted by a second click", async () => {
    const { user } = await open();
    await user.click(screen.getByRole("button", { name: "Delete “dusk-light”" }));
    expect(calls(backend, "deleteSnippet")).toEqual([]);
    await user.click(screen.getByRole("button", { name: "Really delete" }));
    await waitFor(() => expect(screen.queryByText("dusk-light")).toBeNull());
  });

  it("are not made of nothing", async () => {
    await open("  ");
    expect(screen.queryByRole("button", { name: "Save as snippet" })).toBeNull();
  });

  it("that can't be saved say why, and keep their name", async () => {
    const { user } = await open();
    backend.saveSnippet = () =>
      Promise.reject(new IpcError({ code: "refused", message: "A name has no slash.", detail: null }));
    await user.type(screen.getByRole("textbox", { name: "Name of a new snippet" }), "a/b{Enter}");
    expect(await screen.findByText("A name has no slash.")).toBeVisible();
    expect(screen.getByRole("textbox", { name: "Name of a new snippet" })).toHaveValue("a/b");
  });
});

describe("wildcards", () => {
  it("are put into the prompt by their name; a broken one says what is wrong with it", async () => {
    const { user, oninsert } = await open();
    const list = screen.getByRole("list", { name: "Wildcards" });
    expect(within(list).getByRole("button", { name: "poses" })).toBeDisabled();
    expect(within(list).getByText("It is not UTF-8 text.")).toBeVisible();
    await user.click(within(list).getByRole("button", { name: /^weather/ }));
    expect(oninsert).toHaveBeenCalledWith("__weather__");
  });

  it("lie in a folder that can be shown", async () => {
    const { user } = await open();
    await user.click(screen.getByRole("button", { name: "Show folder" }));
    expect(calls(backend, "showPromptFiles")).toHaveLength(1);
  });
});

describe("tags", () => {
  it("are imported, and it is said how many", async () => {
    await open();
    await fireEvent.click(screen.getByRole("button", { name: "Import tags…" }));
    expect(await screen.findByText("140,312 tags added. 87 were left out.")).toBeVisible();
  });
});
