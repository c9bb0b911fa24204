import { beforeEach, expect, it, vi } from "vitest";
import type { Job, QueueState } from "../ipc";
import { EndNotice } from "./end-notice";

const tellOfEnd = vi.hoisted(() => vi.fn(() => Promise.resolve(true)));
vi.mock("../ipc", () => ({ tellOfEnd }));

const queue = (part: Partial<QueueState>) => ({ paused: false, queued: 0, running: 0, held: 0, ...part }) as QueueState;
const over = (state: Partial<Job["state"]>) => ({ state }) as Job;
const done = (...images: string[]) => over({ kind: "done", images });

let notice: EndNotice;
beforeEach(() => {
  tellOfEnd.mockClear();
  notice = new EndNotice();
});

it("tells once, at the end of the last job, with its picture", async () => {
  await notice.change(queue({ running: 1, queued: 1 }));
  notice.note(done("a"));
  await notice.change(queue({ queued: 1 }));
  await notice.change(queue({ running: 1 }));
  expect(tellOfEnd).not.toHaveBeenCalled();
  notice.note(done("b", "c"));
  await notice.change(queue({}));
  await notice.change(queue({}));
  expect(tellOfEnd.mock.calls).toEqual([["The queue is through", "3 pictures are ready", "c"]]);
});

it("tells of what needs the person, and begins to count anew", async () => {
  await notice.change(queue({ running: 1, queued: 1, held: 1 }));
  notice.note(over({ kind: "unsettled" }));
  await notice.change(queue({ queued: 1, held: 1 }));
  await notice.change(queue({ running: 1 }));
  notice.note(done("d"));
  await notice.change(queue({}));
  expect(tellOfEnd.mock.calls).toEqual([
    ["The queue is through", "1 job needs you · 1 held by your rules", null],
    ["The queue is through", "1 picture is ready", "d"],
  ]);
});

it("says nothing of what was cancelled or paused by hand", async () => {
  await notice.change(queue({ running: 1 }));
  notice.note(over({ kind: "cancelled" }));
  await notice.change(queue({}));
  await notice.change(queue({ running: 1, queued: 3 }));
  await notice.change(queue({ paused: true, queued: 3 }));
  expect(tellOfEnd).not.toHaveBeenCalled();
});
