import { describe, expect, it, vi } from "vitest";

import { Limit } from "./limit.svelte";

describe("a price above the limit", () => {
  /** A press at a moment. */
  function press(limit: Limit<string>, at: number, about = "a", anlas = 20, above: number | null = 10): boolean {
    vi.spyOn(performance, "now").mockReturnValue(at);
    return limit.allows(about, anlas, above);
  }

  it("is asked about once, and a double click is no answer", () => {
    const limit = new Limit<string>();
    expect(press(limit, 0)).toBe(false);
    expect(limit.asking).toMatchObject({ anlas: 20, above: 10 });
    expect(press(limit, 399)).toBe(false);
    expect(press(limit, 400)).toBe(true);
    expect(limit.asking).toBeNull();
    expect(press(limit, 900)).toBe(false);
  });

  it("is asked about anew for something else, and where it has risen", () => {
    const limit = new Limit<string>();
    press(limit, 0);
    expect(press(limit, 500, "b")).toBe(false);
    expect(press(limit, 1000, "b", 21)).toBe(false);
    expect(press(limit, 1500, "b", 20)).toBe(true);
    press(limit, 2000);
    limit.forget();
    expect(press(limit, 2500)).toBe(false);
  });

  it("is none within the limit, or without one", () => {
    const limit = new Limit<string>();
    expect(press(limit, 0, "a", 10)).toBe(true);
    expect(press(limit, 0, "a", 9999, null)).toBe(true);
    expect(limit.asking).toBeNull();
  });
});
