import { describe, expect, it } from "vitest";

import { IpcError, standIn } from "../ipc";
import { MockBackend } from "../ipc/mock/backend";
import { image } from "../test/values";
import { byDay, midnight, nearDay } from "./days";
import { History, PAGE } from "./history.svelte";
import { neighbour } from "./neighbour";

const ids = (history: History) => history.all.map(({ id }) => id);

describe("the history", () => {
  it("has the newest first, and tells of new ones oldest first", () => {
    const history = new History();
    history.reset([image("b", { created: 2 }), image("a", { created: 1 })]);
    history.change([image("c", { created: 3 }), image("d", { created: 4 })], []);
    expect(ids(history)).toEqual(["d", "c", "b", "a"]);
  });

  it("has each picture once, however often it is told of", () => {
    const history = new History();
    history.change([image("a", { created: 5 })], []);
    history.reset([image("a", { created: 5 })]);
    history.change([image("a", { created: 5 })], []);
    expect(ids(history)).toEqual(["a"]);
  });

  it("keeps what was told while it was being read", () => {
    const history = new History();
    history.change([image("new", { created: 9 })], []);
    history.reset([image("old", { created: 1 })]);
    expect(ids(history)).toEqual(["new", "old"]);
  });

  it("loses what is gone", () => {
    const history = new History();
    history.reset([image("b"), image("a")]);
    history.change([], ["b"]);
    expect(ids(history)).toEqual(["a"]);
  });

  it("reads older pictures by the oldest it has, until there are none", async () => {
    const all = Array.from({ length: PAGE * 2 + 5 }, (_, index) => image(String(index), { created: -index }));
    const backend = new MockBackend({ images: all });
    standIn(backend);
    const history = new History();
    history.reset(all.slice(0, PAGE));
    expect(history.complete).toBe(false);
    await history.loadOlder();
    await Promise.all([history.loadOlder(), history.loadOlder()]);
    expect(ids(history)).toEqual(all.map(({ id }) => id));
    expect(history.complete).toBe(true);
    await history.loadOlder();
    expect(backend.calls.map(({ argument }) => argument)).toEqual([
      { before: "59", limit: PAGE },
      { before: "119", limit: PAGE },
    ]);
  });

  it("says when older ones could not be read, and can be asked again", async () => {
    const backend = new MockBackend();
    const works = backend.images.bind(backend);
    backend.images = () => Promise.reject(new IpcError({ code: "storage", message: "", detail: null }));
    standIn(backend);
    const history = new History();
    history.reset(Array.from({ length: PAGE }, (_, index) => image(String(index))));
    await history.loadOlder();
    expect(history.problem?.code).toBe("storage");
    backend.images = works;
    await history.loadOlder();
    expect(history.problem).toBeNull();
  });
});

describe("days", () => {
  const noon = new Date(2026, 10, 22, 12).getTime();
  const DAY = 86_400_000;

  it("begin at the person's midnight", () => {
    const late = new Date(2026, 10, 21, 23, 59, 59).getTime();
    const days = byDay([
      image("c", { created: noon }),
      image("b", { created: late }),
      image("a", { created: noon - DAY }),
    ]);
    expect(days.map(({ images }) => images.map(({ id }) => id))).toEqual([["c"], ["b", "a"]]);
  });

  it("have names while they are near", () => {
    expect(nearDay(midnight(noon), noon)).toBe("today");
    expect(nearDay(midnight(noon - DAY), noon)).toBe("yesterday");
    expect(nearDay(midnight(noon - 2 * DAY), noon)).toBeNull();
  });

  it("know yesterday when the clocks have changed", () => {
    const afterChange = new Date(2026, 9, 25, 12).getTime();
    expect(nearDay(midnight(new Date(2026, 9, 24, 12).getTime()), afterChange)).toBe("yesterday");
  });
});

describe("an arrow key", () => {
  // Two columns of tall and wide pictures:  0 1 / 2 3 / 4
  const box = (left: number, top: number, height: number) => ({ left, top, width: 100, height });
  const boxes = [box(0, 0, 150), box(110, 0, 70), box(0, 160, 70), box(110, 160, 150), box(0, 320, 100)];

  it.each([
    [0, "ArrowRight", 1],
    [4, "ArrowRight", 4],
    [0, "ArrowLeft", 0],
    [0, "ArrowDown", 2],
    [1, "ArrowDown", 3],
    [3, "ArrowDown", 4],
    [4, "ArrowDown", 4],
    [4, "ArrowUp", 2],
    [3, "ArrowUp", 1],
    [1, "ArrowUp", 1],
    [2, "Home", 0],
    [2, "End", 4],
    [2, "a", null],
  ])("from %d, %s goes to %s", (from, key, to) => {
    expect(neighbour(boxes, from, key)).toBe(to);
  });
});
