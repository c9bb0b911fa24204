import { expect, it } from "vitest";

import { actionsIn, partners } from "./actions";

it("actions are found among tags, in braces and at the end", () => {
  expect(actionsIn("girl, source#hug, {mutual#holding hands}, target# look")).toEqual([
    { side: "source", deed: "hug" },
    { side: "mutual", deed: "holding hands" },
    { side: "target", deed: "look" },
  ]);
  expect(actionsIn("girl, resource#1, source#, red hair")).toEqual([]);
});

it("who acts meets who is acted on, and nobody meets themselves", () => {
  const prompts = ["girl, source#hug", "boy, Target#Hug", "cat, source#hug, mutual#play", "dog, mutual#play"];
  expect(partners({ side: "source", deed: "hug" }, 0, prompts)).toEqual([1]);
  expect(partners({ side: "target", deed: "hug" }, 1, prompts)).toEqual([0, 2]);
  expect(partners({ side: "mutual", deed: "play" }, 2, prompts)).toEqual([3]);
});
