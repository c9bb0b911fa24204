import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { blank } from "./core/mask";
import { NO_EDGES } from "./core/painting";
import { wholeOf } from "./core/rect";
import { decodeRuns } from "./core/runs";
import { Saver, type Saving } from "./save";

const mask = blank(100, 200);
const writes: Uint8Array[] = [];
let fails = false;
const states: Saving[] = [];

function saver(): Saver {
  return new Saver(
    mask,
    NO_EDGES,
    (runs) => {
      if (fails) return Promise.reject(new Error("full"));
      writes.push(runs);
      return Promise.resolve();
    },
    (state) => states.push(state),
  );
}

beforeEach(() => {
  vi.useFakeTimers();
  mask.bytes.fill(0);
  writes.length = 0;
  states.length = 0;
  fails = false;
});
afterEach(() => vi.useRealTimers());

describe("the mask", () => {
  it("is on disk within two seconds of a stroke, once for several", async () => {
    const saving = saver();
    mask.bytes.fill(255, 0, 50);
    saving.changed(wholeOf(mask));
    await vi.advanceTimersByTimeAsync(200);
    mask.bytes.fill(255, 100, 150);
    saving.changed({ x: 0, y: 1, width: 50, height: 1 });
    expect(saving.isSaved).toBe(false);
    await vi.advanceTimersByTimeAsync(1800);
    expect(writes).toHaveLength(1);
    expect(decodeRuns(writes[0] ?? new Uint8Array(), mask.bytes.length)).toEqual(mask.bytes);
    expect(states.at(-1)).toBe("saved");
    expect(saving.isSaved).toBe(true);
  });

  it("is saved while someone paints without a pause", async () => {
    const saving = saver();
    for (let stroke = 0; stroke < 30; stroke++) {
      saving.changed(wholeOf(mask));
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(writes.length).toBeGreaterThanOrEqual(1);
    saving.close();
  });

  it("that could not be saved is tried again, and says so", async () => {
    fails = true;
    const saving = saver();
    saving.changed(wholeOf(mask));
    await vi.advanceTimersByTimeAsync(1600);
    expect(states.at(-1)).toBe("failed");
    expect(await saving.flush()).toBe(false);
    fails = false;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(states.at(-1)).toBe("saved");
    expect(writes).toHaveLength(1);
  });

  it("is written at once when it is asked for, and not twice", async () => {
    const saving = saver();
    expect(await saving.flush()).toBe(true);
    expect(writes).toHaveLength(0);
    saving.changed(wholeOf(mask));
    expect(await Promise.all([saving.flush(), saving.flush()])).toEqual([true, true]);
    await vi.advanceTimersByTimeAsync(5000);
    expect(writes).toHaveLength(1);
  });
});
