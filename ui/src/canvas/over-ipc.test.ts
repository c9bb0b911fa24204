import { beforeEach, describe, expect, it, vi } from "vitest";

import type { Job } from "../ipc";
import { job as plain, REQUEST } from "../test/values";
import { type CanvasTold, USUAL } from "./shell";

const invoke = vi.hoisted(() => vi.fn<(command: string, argument?: unknown, options?: unknown) => Promise<unknown>>());
const listening = vi.hoisted(() => new Map<string, (event: { payload: unknown }) => void>());

vi.mock("@tauri-apps/api/core", () => ({
  invoke,
  convertFileSrc: (path: string, scheme: string) => `${scheme}://localhost/${path}`,
}));
vi.mock("@tauri-apps/api/event", () => ({
  listen: (event: string, listener: (event: { payload: unknown }) => void) => {
    listening.set(event, listener);
    return Promise.resolve(() => listening.delete(event));
  },
}));

const { ShellOverIpc } = await import("./over-ipc");

const EDGES = { left: 0, top: 0, right: 8, bottom: 0 };
const CANVAS = {
  id: "c",
  name: "a.png",
  width: 64,
  height: 64,
  edges: EDGES,
  hasMask: true,
  settings: null,
  takes: [],
};
const TAKE = { id: "j-0", job: "j", seed: 7, changedOutside: 0, problem: null };

function job(state: Job["state"], canvas = "c"): Job {
  const box = { left: 8, top: 16, width: 64, height: 64 };
  const paste = {
    frame: { crop: box, inner: box, sent: REQUEST.size },
    coverage: 0,
    feather: 20,
    keepOutside: true,
    matchColours: false,
    canvas,
  };
  const source = { kind: "inpaint" as const, image: "c", mask: "m", strength: 1, paste };
  const work = { kind: "generate" as const, request: { ...REQUEST, source }, written: null };
  return plain("j", state, { work, created: 1 });
}

describe("the shell of the painter over ipc", () => {
  const shell = new ShellOverIpc(() => REQUEST);

  beforeEach(() => {
    invoke.mockReset();
    listening.clear();
  });

  it("fetches the mask of a canvas as bytes", async () => {
    invoke.mockResolvedValueOnce(CANVAS).mockResolvedValueOnce(new Uint8Array([0, 4]).buffer);
    const opened = await shell.open("7-0");
    expect(opened.mask).toEqual(new Uint8Array([0, 4]));
    expect(opened.url).toBe("image://localhost/input/whole/c");
    expect(invoke.mock.calls[1]?.[2]).toEqual({ headers: { "x-canvas": "c" } });
  });

  it("sends a mask as bytes with its size beside it", async () => {
    invoke.mockResolvedValueOnce(null);
    const runs = new Uint8Array([255, 3]);
    await shell.saveMask("c", runs, { width: 72, height: 64, edges: EDGES });
    expect(invoke).toHaveBeenCalledWith("save_canvas_mask", runs, {
      headers: { "x-canvas": "c", "x-size": "72,64,0,0,8,0" },
    });
  });

  it("repaints with the recipe's request", async () => {
    invoke.mockResolvedValueOnce(["id"]);
    const repaint = { canvas: "c", settings: USUAL, seed: null };
    await shell.enqueue("id", repaint);
    expect(invoke).toHaveBeenCalledWith("enqueue_repaint", { id: "id", repaint, draft: REQUEST });
  });

  it("tells what happens to the jobs of its canvas and of no other", async () => {
    const told: CanvasTold[] = [];
    const stop = shell.listen("c", (happened) => told.push(happened));
    await vi.waitFor(() => expect(listening.size).toBe(1));
    const happens = (state: Job["state"], canvas?: string) => {
      for (const listener of listening.values()) listener({ payload: { job: job(state, canvas) } });
    };
    happens({ kind: "queued", retryAt: null });
    happens({ kind: "queued", retryAt: null }, "other");
    happens({ kind: "running", step: 2, steps: 28 });
    invoke.mockResolvedValueOnce([TAKE]);
    happens({ kind: "done", images: ["j-0"] });
    await vi.waitFor(() => expect(told).toHaveLength(3));
    expect(told.map(({ kind }) => kind)).toEqual(["queued", "running", "done"]);
    expect(told[1]).toMatchObject({ crop: { x: 8, y: 16 }, preview: "image://localhost/preview/j/2" });
    expect(told[2]).toMatchObject({ take: { id: "j-0", url: "image://localhost/image/j-0", changedOutside: 0 } });
    stop();
    expect(listening.size).toBe(0);
  });

  it("says why an answer could not be laid back", async () => {
    const told: CanvasTold[] = [];
    shell.listen("c", (happened) => told.push(happened));
    await vi.waitFor(() => expect(listening.size).toBe(1));
    const problem = { code: "malformed", message: "It is in the library as the server sent it.", detail: null };
    invoke.mockResolvedValueOnce([{ ...TAKE, problem }]);
    for (const listener of listening.values()) listener({ payload: { job: job({ kind: "done", images: [] }) } });
    await vi.waitFor(() => expect(told).toEqual([{ kind: "failed", job: "j", error: problem }]));
  });
});
