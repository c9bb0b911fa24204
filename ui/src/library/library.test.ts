import { describe, expect, it } from "vitest";

import { image } from "../test/values";
import { midnight, nearDay } from "./days";
import { History } from "./history.svelte";

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

  it("finds a picture that somebody went to far back, until it is gone", () => {
    const history = new History();
    history.reset([image("new", { created: 9 })]);
    history.know(image("old", { created: 1 }));
    expect([history.find("old")?.id, ids(history)]).toEqual(["old", ["new"]]);
    history.change([], ["old"]);
    expect(history.find("old")).toBeUndefined();
  });
});

describe("days", () => {
  const noon = new Date(2026, 10, 22, 12).getTime();
  const DAY = 86_400_000;

  it("begin at the person's midnight", () => {
    const late = new Date(2026, 10, 21, 23, 59, 59).getTime();
    expect(midnight(late)).toBe(new Date(2026, 10, 21).getTime());
    expect(midnight(late + 1000)).toBe(new Date(2026, 10, 22).getTime());
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
