import { fireEvent, screen, waitFor, within } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";

import { IpcError } from "../ipc";
import { SETTINGS } from "../ipc/mock/presets";
import { calls, openApp } from "../test/app";
import { broken } from "../test/axe";
import { image } from "../test/values";
import { SHARE_AS_IT_IS } from "./sharing.svelte";

async function openPanel(settings = SETTINGS) {
  const backend = await openApp({ images: [image("a")], settings });
  await fireEvent.click(screen.getByRole("button", { name: "Share" }));
  return { backend, panel: await screen.findByRole("dialog", { name: "Share this picture" }) };
}

const NOTHING_LEFT = "The file was read again: no text, no EXIF, no XMP, nothing behind the end, no hidden bits.";

describe("sharing a picture", () => {
  it("shows what the file tells, and the proof that it tells nothing", async () => {
    const { backend, panel } = await openPanel();
    expect(await within(panel).findByText(/Hidden bits/)).toBeVisible();
    await fireEvent.click(within(panel).getByRole("radio", { name: "Nothing" }));
    expect(await within(panel).findByText(NOTHING_LEFT)).toBeVisible();
    const share = { ...SHARE_AS_IT_IS, save: "strip", copy: "strip", drag: "strip" };
    await waitFor(() => expect(calls(backend, "saveSettings")).toEqual([{ ...SETTINGS, share }]));
    expect(await broken()).toEqual([]);
  });

  it("says what was left in a file, which is not handed out", async () => {
    const { backend, panel } = await openPanel();
    const message = "Something is left in the finished file that tells about the picture, so it is not handed out.";
    backend.lookAtShare = () => Promise.reject(new IpcError({ code: "refused", message, detail: "tEXt Comment" }));
    backend.copyPicture = () => Promise.reject(new IpcError({ code: "refused", message, detail: "tEXt Comment" }));
    await fireEvent.click(within(panel).getByRole("radio", { name: "Nothing" }));
    expect(await within(panel).findByText(message)).toBeVisible();
    await fireEvent.click(within(panel).getByRole("button", { name: "Copy" }));
    await waitFor(() => expect(within(panel).getAllByText(message)).toHaveLength(2));
  });

  it("copies, saves and drags as is decided", async () => {
    const share = { ...SHARE_AS_IT_IS, copy: "strip" as const, drag: "replace" as const, format: "webp" as const };
    const { backend, panel } = await openPanel({ ...SETTINGS, share });
    expect(within(panel).getByText("Saving, copying and dragging differ, as the settings say.")).toBeVisible();
    await fireEvent.click(within(panel).getByRole("button", { name: "Copy" }));
    expect(await within(panel).findByText("Copied; it tells nothing")).toBeVisible();
    await fireEvent.click(within(panel).getByRole("button", { name: "Save as…" }));
    expect(await within(panel).findByText(/^Saved as /)).toBeVisible();
    const handle = within(panel).getByRole("img", { name: /^Drag this/ });
    await fireEvent.pointerDown(handle, { button: 0, clientX: 10, clientY: 10 });
    await fireEvent.pointerMove(window, { buttons: 1, clientX: 12, clientY: 11 });
    expect(calls(backend, "dragOut")).toEqual([]);
    await fireEvent.pointerMove(window, { buttons: 1, clientX: 30, clientY: 10 });
    const how = (metadata: string) => ({ metadata, format: "webp", quality: 92 });
    expect(calls(backend, "copyPicture")).toEqual([{ id: "a", how: how("strip") }]);
    expect(calls(backend, "savePictures")).toEqual([{ ids: ["a"], how: how("keep") }]);
    await waitFor(() => expect(calls(backend, "dragOut")).toEqual([{ ids: ["a"], how: how("replace") }]));
    backend.savePictures = () => Promise.resolve(null);
    await fireEvent.click(within(panel).getByRole("button", { name: "Save as…" }));
    await waitFor(() => expect(within(panel).queryByText(/^Saved as /)).toBeNull());
    backend.savePictures = () => Promise.reject(new IpcError({ code: "diskFull", message: "", detail: null }));
    await fireEvent.click(within(panel).getByRole("button", { name: "Save as…" }));
    expect(await within(panel).findByText("The disk is full: the copy was not written.")).toBeVisible();
  });

  it("opens an editor, and tells what comes back", async () => {
    const { backend, panel } = await openPanel();
    await fireEvent.click(within(panel).getByRole("button", { name: "Edit in another app…" }));
    expect(await within(panel).findByText(/is open in an editor/)).toBeVisible();
    const edit = { id: "edit", image: "a", name: "a.png" };
    backend.tell("editChanged", { ...edit, state: { kind: "saved", image: "b", saves: 2, mask: false } });
    expect(await within(panel).findByText("Saved 2 times in the editor; the last is in the history.")).toBeVisible();
    backend.tell("editChanged", { ...edit, state: { kind: "broken", reason: "The picture is cut." } });
    expect(await within(panel).findByText(/The picture is cut\./)).toBeVisible();
    await fireEvent.click(within(panel).getByRole("button", { name: "Stop watching" }));
    expect(calls(backend, "endEdit")).toEqual(["edit"]);
    backend.tell("editChanged", { ...edit, state: { kind: "ended" } });
    await waitFor(() => expect(within(panel).queryByRole("button", { name: "Stop watching" })).toBeNull());
  });

  it("is decided road by road in the settings, with the name that becomes of a template", async () => {
    const backend = await openApp({ images: [image("a")] });
    await fireEvent.click(screen.getByRole("button", { name: "Settings" }));
    const dragged = await screen.findByRole("radiogroup", { name: "Dragged pictures tell" });
    await fireEvent.click(within(dragged).getByRole("radio", { name: "Nothing" }));
    const share = { ...SHARE_AS_IT_IS, drag: "strip" };
    await waitFor(() => expect(calls(backend, "saveSettings")).toEqual([{ ...SETTINGS, share }]));
    const name = screen.getByRole("textbox", { name: "File name" });
    await fireEvent.input(name, { target: { value: "{seed}_{prompt:3}" } });
    expect(await screen.findByText("Becomes 1234567890_1girl silver hair night city.png")).toBeVisible();
    await fireEvent.click(screen.getByRole("button", { name: "Choose…" }));
    expect(await screen.findByText("krita")).toBeVisible();
  });
});
