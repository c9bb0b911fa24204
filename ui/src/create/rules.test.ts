import { describe, expect, it } from "vitest";

import { catalogue } from "../ipc/mock/catalogue";
import { type Field, fieldOf } from "./fields";
import { fitSeed, rollSeed } from "./seed";
import { isTooLarge, snapSide, withinArea } from "./size";

const { limits } = catalogue;

describe("a typed side", () => {
  it.each([
    [832, 832, null],
    [1000, 1024, "step"],
    [991, 960, "step"],
    [992, 1024, "step"],
    [1, 64, "tooSmall"],
    [-500, 64, "tooSmall"],
    [0, 64, "tooSmall"],
    [70, 64, "step"],
  ])("%d becomes %d, and the reason is %s", (typed, value, why) => {
    expect(snapSide(typed, limits)).toEqual({ value, why });
  });
});

describe("a size that is too large", () => {
  it.each([
    [{ width: 2048, height: 2048 }, "width", { width: 2048, height: 1536 }],
    [{ width: 2048, height: 2048 }, "height", { width: 1536, height: 2048 }],
    [{ width: 64_000, height: 832 }, "width", { width: 49_152, height: 64 }],
    [{ width: 832, height: 100_032 }, "height", { width: 64, height: 49_152 }],
  ] as const)("%o with its %s kept could be %o", (size, kept, nearest) => {
    expect(isTooLarge(size, limits)).toBe(true);
    expect(withinArea(size, kept, limits)).toEqual(nearest);
    expect(isTooLarge(nearest, limits)).toBe(false);
  });

  it("is not what is exactly as large as allowed", () => {
    expect(isTooLarge({ width: 1536, height: 2048 }, limits)).toBe(false);
  });
});

describe("a seed", () => {
  it("is rolled between 1 and the highest, both included", () => {
    expect(rollSeed(limits.maxSeed, () => 0)).toBe(1);
    expect(rollSeed(limits.maxSeed, () => 0.9999999999999999)).toBe(limits.maxSeed);
  });

  it("is rolled anew each time", () => {
    expect(new Set(Array.from({ length: 20 }, () => rollSeed(limits.maxSeed))).size).toBeGreaterThan(15);
  });

  it.each([
    [0, 1],
    [-3, 1],
    [1.4, 1],
    [4_294_967_296, 4_294_967_295],
    [42, 42],
  ])("typed as %d is %d", (typed, fitted) => {
    expect(fitSeed(typed, limits.maxSeed)).toBe(fitted);
  });
});

describe("a refusal", () => {
  it.each<[string | null, Field]>([
    ["size.width", "size"],
    ["samples", "samples"],
    ["sampling.steps", "steps"],
    ["sampling.guidance", "guidance"],
    ["sampling.guidanceRescale", "rescale"],
    ["sampling.noise_schedule", "schedule"],
    ["sampling.variety", "variety"],
    ["prompt.undesired_preset", "prompt"],
    ["characters.position", "characters"],
    [null, "other"],
  ])("of %s belongs to %s", (detail, field) => {
    expect(fieldOf({ code: "refused", message: "", detail })).toBe(field);
  });
});
