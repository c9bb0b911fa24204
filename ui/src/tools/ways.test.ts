import { describe, expect, it } from "vitest";

import { moved } from "./steps";
import { LEAST, MOST, usualPart, within } from "./ways.svelte";
import { Zoom } from "../shared/zoom.svelte";

const PICTURE = { width: 832, height: 1216 };

describe("the part that is compared", () => {
  it("stays within the picture, in whole pixels", () => {
    expect(within({ left: -40.4, top: 2000, width: 100.6, height: 99.5 }, PICTURE)).toEqual({
      left: 0,
      top: 1116,
      width: 101,
      height: 100,
    });
  });

  it("is neither too small to see nor too large to be quick", () => {
    const small = within({ left: 5, top: 5, width: 1, height: 1 }, PICTURE);
    expect([small.width, small.height]).toEqual([LEAST, LEAST]);
    const large = within({ left: 0, top: 0, width: 9999, height: 9999 }, PICTURE);
    expect([large.width, large.height]).toEqual([MOST, MOST]);
  });

  it("is all of a picture that is smaller than the least", () => {
    expect(usualPart({ width: 20, height: 9 })).toEqual({ left: 0, top: 0, width: 20, height: 9 });
  });
});

describe("zoom", () => {
  it("keeps what lies under the pointer in its place", () => {
    const zoom = new Zoom();
    zoom.to(4, { x: 0.25, y: 0.5 });
    // The point of the picture that was at 0.25 is there still.
    expect(zoom.x + 0.25 * zoom.scale).toBeCloseTo(0.25);
    expect(zoom.y + 0.5 * zoom.scale).toBeCloseTo(0.5);
  });

  it("never shows beyond the edges", () => {
    const zoom = new Zoom();
    zoom.to(2);
    zoom.move(5, -5);
    expect([zoom.x, zoom.y]).toEqual([0, -1]);
    zoom.to(0.1);
    expect([zoom.scale, zoom.x, zoom.y]).toEqual([1, 0, 0]);
  });
});

describe("moving in a list", () => {
  it("takes one out and puts it in again", () => {
    expect(moved(["a", "b", "c"], 0, 2)).toEqual(["b", "c", "a"]);
    expect(moved(["a", "b"], 7, 0)).toEqual(["a", "b"]);
  });
});
