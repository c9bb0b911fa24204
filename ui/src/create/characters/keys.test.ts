import { describe, expect, it } from "vitest";

import { COLOURS, completed, moved } from "./keys";

describe("the keys of a cast", () => {
  it("are new for newcomers, and stay with those who were there", () => {
    const two = completed([], 2);
    const three = completed(two, 3);
    expect(three.slice(0, 2)).toEqual(two);
    expect(new Set(three.map(({ id }) => id)).size).toBe(3);
  });

  it("are never given twice, whoever left before", () => {
    const four = completed([], 4);
    const after = completed(
      [four[0], four[3]].flatMap((key) => key ?? []),
      5,
    );
    expect(new Set(after.map(({ id }) => id)).size).toBe(5);
  });

  it("come with colours that repeat only when there are none left", () => {
    const colours = completed([], COLOURS * 2).map(({ colour }) => colour);
    expect(new Set(colours.slice(0, COLOURS)).size).toBe(COLOURS);
    expect(new Set(colours.slice(COLOURS)).size).toBe(COLOURS);
  });
});

describe("moving within a list", () => {
  const list = ["a", "b", "c", "d"];

  it.each([
    [0, 2, "bcad"],
    [3, 0, "dabc"],
    [1, 1, "abcd"],
    [1, 9, "acdb"],
    [9, 0, "abcd"],
  ])("from %d to %d makes %s", (from, to, made) => expect(moved(list, from, to).join("")).toBe(made));

  it("loses nobody", () => {
    for (let from = 0; from < 4; from++) {
      for (let to = 0; to < 4; to++) expect([...moved(list, from, to)].sort()).toEqual(list);
    }
  });
});
