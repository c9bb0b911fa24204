import { beforeEach, describe, expect, it, vi } from "vitest";

import { REQUEST } from "../test/values";

const invoke = vi.hoisted(() => vi.fn<(command: string, argument?: unknown) => Promise<unknown>>());
const listenTo = vi.hoisted(() => vi.fn());

vi.mock("@tauri-apps/api/core", () => ({
  invoke,
  convertFileSrc: (path: string, scheme: string) => `${scheme}://localhost/${encodeURIComponent(path)}`,
}));
vi.mock("@tauri-apps/api/event", () => ({ listen: listenTo }));

const ipc = await import("./index");

describe("the door to the shell", () => {
  beforeEach(() => {
    invoke.mockReset();
    listenTo.mockReset();
  });

  it("hands out data", async () => {
    const found = { anlas: 0, full: 26, free: "opus" };
    invoke.mockResolvedValue(found);
    await expect(ipc.estimate(REQUEST)).resolves.toBe(found);
    expect(invoke).toHaveBeenCalledWith("estimate", { request: REQUEST });
  });

  it("throws what the shell answers as an error, whole", async () => {
    invoke.mockRejectedValue({ code: "refused", message: "Too large.", detail: "size" });
    const thrown = await ipc.estimate(REQUEST).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(ipc.IpcError);
    expect(ipc.asAppError(thrown)).toEqual({ code: "refused", message: "Too large.", detail: "size" });
  });

  it("calls everything else that is thrown internal", () => {
    expect(ipc.asAppError(new Error("no such command"))).toEqual({
      code: "internal",
      message: "no such command",
      detail: null,
    });
    expect(ipc.asAppError("gone").message).toBe("gone");
  });

  it("knows pictures by id only", () => {
    expect(ipc.pictureUrl("7")).toBe("image://localhost/image%2F7");
    expect(ipc.thumbnailUrl("7")).toBe("image://localhost/thumbnail%2F7");
    expect(ipc.previewUrl("7", 3)).toBe("image://localhost/preview%2F7%2F3");
  });

  it.each([
    ["jobChanged", "job-changed", { job: { id: "1" } }, { id: "1" }],
    ["jobRemoved", "job-removed", { id: "1" }, "1"],
    ["libraryChanged", "library-changed", { added: [], removed: ["1"] }, { added: [], removed: ["1"] }],
    ["accountChanged", "account-changed", { account: { keptIn: null } }, { keptIn: null }],
    ["everythingChanged", "everything-changed", null, null],
  ] as const)("tells %s", async (event, name, payload, told) => {
    const heard = vi.fn();
    await ipc.listen(event, heard);
    const [[heardName, handler]] = listenTo.mock.calls as [[string, (event: unknown) => void]];
    expect(heardName).toBe(name);
    handler({ payload });
    expect(heard).toHaveBeenCalledWith(told);
  });
});
