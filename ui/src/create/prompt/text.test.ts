import { describe, expect, it } from "vitest";

import { REQUEST } from "../../test/values";
import { accepted } from "./completing";
import { weightClass } from "./look";
import { difference, normal, textAt, withText } from "./text";

const apply = (text: string, change: ReturnType<typeof difference>) =>
  change ? text.slice(0, change.from) + String(change.insert) + text.slice(change.to ?? change.from) : text;

describe("the change between two texts", () => {
  it("is none where they are the same", () => expect(difference("rain", "rain")).toBeNull());

  it("is no larger than it has to be", () => {
    expect(difference("red hair, rain", "red hair, snow, rain")).toEqual({ from: 10, to: 10, insert: "snow, " });
    expect(difference("aaa", "aa")).toMatchObject({ insert: "" });
  });

  it("never cuts a character in two", () => {
    // Two smileys share their first half.
    expect(difference("😀", "😁")).toEqual({ from: 0, to: 2, insert: "😁" });
    expect(difference("a\u{1F600}", "a\u{1F200}")).toMatchObject({ from: 1 });
  });

  it("makes the one out of the other, whatever they are", () => {
    const letters = ["a", "b", ", ", "😀", "😁", "\n", "夕"];
    let seed = 7;
    const next = (most: number) => (seed = (seed * 48_271) % 2_147_483_647) % most;
    const text = () => Array.from({ length: next(9) }, () => letters[next(letters.length)] ?? "").join("");
    for (let round = 0; round < 2000; round++) {
      const [before, after] = [text(), text()];
      expect(apply(before, difference(before, after))).toBe(after);
    }
  });
});

describe("a text in a request", () => {
  const request = {
    ...REQUEST,
    characters: [
      { prompt: "girl", undesired: "hat", position: null, enabled: true },
      { prompt: "boy", undesired: "", position: null, enabled: true },
    ],
  };

  it.each([
    { kind: "prompt" },
    { kind: "undesired" },
    { kind: "character", index: 1 },
    { kind: "characterUndesired", index: 0 },
  ] as const)("is put where it was taken from: %o", (place) => {
    const changed = withText(request, place, "rain");
    expect(textAt(changed, place)).toBe("rain");
    expect(withText(changed, place, textAt(request, place))).toEqual(request);
  });

  it("has one kind of line break", () => expect(normal("a\r\nb\rc\n")).toBe("a\nb\nc\n"));
});

describe("an offer that is taken", () => {
  const tag = { insert: "blue eyes", kind: "tag" } as const;

  it.each([
    ["at the end", "1girl, ", "", "blue eyes, ", 0],
    ["before another tag", "1girl, ", " rain", "blue eyes, ", 0],
    ["before a comma, which it goes over", "1girl, ", ", rain", "blue eyes", 2],
    ["within brackets", "{", "}", "blue eyes", 0],
    ["within a weight", "1.2::", " ::", "blue eyes", 0],
    ["among alternatives", "||", "|rain||", "blue eyes", 0],
  ])("%s has the comma that a person would type", (_where, before, after, insert, skip) => {
    expect(accepted(before, after, tag)).toEqual({ insert, skip });
  });

  it("goes on where something is to follow", () => {
    expect(accepted("", "", { insert: "source#", kind: "action" })).toEqual({ insert: "source#", skip: 0 });
    expect(accepted("", "", { insert: "artist:", kind: "tag" })).toEqual({ insert: "artist:", skip: 0 });
  });
});

describe("the colour of a weight", () => {
  it.each([
    [1, "w-plain"],
    [1.05, "w-up-1"],
    [1.2, "w-up-2"],
    [1.5, "w-up-3"],
    [3, "w-up-4"],
    [0.952, "w-down-1"],
    [0.8, "w-down-2"],
    [0.65, "w-down-3"],
    [0, "w-down-4"],
    [-1, "w-against"],
  ])("of %d is %s", (weight, name) => expect(weightClass(weight)).toBe(name));
});
