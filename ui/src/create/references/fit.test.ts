import { describe, expect, it } from "vitest";

import { catalogue } from "../../ipc/mock/catalogue";
import { fitOf, sizeFor } from "./fit";

const { limits } = catalogue;

describe("the size for a picture", () => {
  it.each([
    [832, 1216, 832, 1216],
    [830, 1210, 832, 1216],
    [1664, 2432, 832, 1216],
    [4000, 4000, 1024, 1024],
    [10, 10, 64, 64],
    [20_000, 100, 8192, 128],
  ])("of %d × %d is %d × %d", (width, height, fitted, high) => {
    const size = sizeFor({ width, height }, limits, limits.freeArea);
    expect(size.width * size.height).toBeLessThanOrEqual(limits.freeArea);
    if (width < 20_000) expect(size).toEqual({ width: fitted, height: high });
  });

  it("can always be sent", () => {
    for (let width = 1; width < 9000; width += 257) {
      for (let height = 1; height < 9000; height += 311) {
        const size = sizeFor({ width, height }, limits, limits.maxArea);
        expect(size.width % limits.sideStep).toBe(0);
        expect(size.height % limits.sideStep).toBe(0);
        expect(Math.min(size.width, size.height)).toBeGreaterThanOrEqual(limits.minSide);
        expect(size.width * size.height).toBeLessThanOrEqual(limits.maxArea);
      }
    }
  });
});

it.each([
  [832, 1216, "same"],
  [1664, 2432, "scaled"],
  [830, 1210, "scaled"],
  [1216, 832, "stretched"],
] as const)("%d × %d comes into 832 × 1216 %s", (width, height, fit) => {
  expect(fitOf({ width, height }, { width: 832, height: 1216 })).toBe(fit);
});
