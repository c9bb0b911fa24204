import fc from "fast-check";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { standIn } from "../../ipc";
import { MockBackend } from "../../ipc/mock/backend";
import { calls } from "../../test/app";
import { image } from "../../test/values";
import { between, boxOf, groupByDay, groupsOf, layOut, readShapes, step, touched } from "./layout";
import { COLUMN } from "./prefs";
import { LibraryRoom } from "./room.svelte";
import { add, count, has, indexes, NONE, ofIndexes, span, toggle, without } from "./selection";

function shapes(sides: [number, number][], seconds: (index: number) => number = () => 0) {
  const count = sides.length;
  const view = new DataView(new ArrayBuffer(count * 8));
  sides.forEach(([width, height], index) => {
    view.setUint32(index * 4, seconds(index), true);
    view.setUint16(count * 4 + index * 2, width, true);
    view.setUint16(count * 6 + index * 2, height, true);
  });
  return readShapes(view.buffer);
}

const FRAME = { width: 1000, size: 200, gap: 8, mode: "justified" as const };

describe("the layout", () => {
  it("is nothing for no pictures, and survives sides that can't be", () => {
    expect(layOut(shapes([]), [], [], FRAME)).toMatchObject({ height: 0, rows: 0 });
    const odd = shapes([
      [0, 0],
      [16_384, 1],
      [1, 16_384],
    ]);
    const layout = layOut(odd, groupsOf([{ name: "", count: 3 }]), [], FRAME);
    expect(between(layout, 0, 1e9)).toHaveLength(3);
    expect(Number.isFinite(layout.height)).toBe(true);
    expect(readShapes(new ArrayBuffer(7)).widths).toHaveLength(0);
  });

  it("fills each row of a group but the last, and leaves no picture out", () => {
    const sides = fc.array(fc.tuple(fc.integer({ min: 64, max: 4096 }), fc.integer({ min: 64, max: 4096 })), {
      minLength: 1,
      maxLength: 80,
    });
    fc.assert(
      fc.property(
        sides,
        fc.integer({ min: 300, max: 3000 }),
        fc.constantFrom("justified" as const, "square" as const),
        (all, width, mode) => {
          const half = Math.floor(all.length / 2);
          const groups = groupsOf([
            { name: "a", count: half },
            { name: "b", count: all.length - half },
          ]);
          const layout = layOut(shapes(all), groups, [], { ...FRAME, width, mode });
          const cells = between(layout, 0, layout.height);
          expect(cells.map(({ index }) => index)).toEqual(all.map((_, index) => index));
          for (const { index, box } of cells) {
            expect(box.left + box.width).toBeLessThanOrEqual(width + 0.5);
            expect(boxOf(layout, index)).toEqual(box);
          }
        },
      ),
    );
  });

  it("has nothing of a folded group, and the others move up", () => {
    const all = shapes(Array.from({ length: 40 }, () => [832, 1216]));
    const groups = groupsOf([
      { name: "a", count: 20 },
      { name: "b", count: 20 },
    ]);
    const open = layOut(all, groups, [], FRAME);
    const folded = layOut(all, groups, ["0:a"], FRAME);
    expect(folded.height).toBeLessThan(open.height);
    expect(between(folded, 0, 1e6)[0]?.index).toBe(20);
    expect(boxOf(folded, 3)).toBeNull();
  });

  it("has a group for each day", () => {
    const noon = new Date(2026, 10, 22, 12).getTime() / 1000;
    const all = shapes(
      Array.from({ length: 4 }, () => [1, 1] as [number, number]),
      (index) => noon - Math.floor(index / 2) * 86_400,
    );
    expect(groupByDay(all).map(({ from, to }) => [from, to])).toEqual([
      [0, 2],
      [2, 4],
    ]);
  });

  it("knows where arrows go, and what a rectangle touches", () => {
    const all = shapes(Array.from({ length: 12 }, () => [100, 100]));
    const layout = layOut(all, groupsOf([{ name: "", count: 12 }]), [], {
      ...FRAME,
      mode: "square",
      width: 824,
    });
    // Four in a row.
    expect(step(layout, 0, "ArrowDown", 0)).toBe(4);
    expect(step(layout, 5, "ArrowUp", 0)).toBe(1);
    expect(step(layout, 1, "ArrowUp", 0)).toBe(1);
    expect(step(layout, 11, "ArrowRight", 0)).toBe(11);
    expect(step(layout, 3, "End", 0)).toBe(11);
    expect(step(layout, 1, "PageDown", 500)).toBe(9);
    expect(step(layout, 0, "a", 0)).toBeNull();
    expect(touched(layout, { left: 210, top: 60, width: 220, height: 300 })).toEqual([1, 2, 5, 6]);
  });

  it("lays out a hundred thousand", () => {
    const all = shapes(Array.from({ length: 100_000 }, (_, index) => [832 + (index % 7) * 64, 1216]));
    const layout = layOut(all, groupsOf([{ name: "", count: 100_000 }]), [], FRAME);
    expect(between(layout, layout.height / 2, layout.height / 2 + 900).length).toBeLessThan(60);
  });
});

describe("a selection", () => {
  it("is ranges that never touch", () => {
    expect(toggle(toggle(NONE, 3), 4)).toEqual([[3, 5]]);
    expect(without(span(9, 2), 4, 6)).toEqual([
      [2, 4],
      [6, 10],
    ]);
    expect(count(add(span(0, 99_999), 5, 10))).toBe(100_000);
    expect(indexes(span(5, 9), 3)).toEqual([5, 6, 7]);
  });

  it("has what was put in and not taken out", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(30)), (toggled) => {
        const expected = new Set<number>();
        let ranges = NONE;
        for (const index of toggled) {
          ranges = toggle(ranges, index);
          if (!expected.delete(index)) expected.add(index);
        }
        for (let index = 0; index < 32; index += 1) expect(has(ranges, index)).toBe(expected.has(index));
        expect(ofIndexes([...expected])).toEqual(ranges);
      }),
    );
  });
});

describe("the room", () => {
  let backend: MockBackend;
  const many = (length: number) =>
    Array.from({ length }, (_, index) =>
      image(`i${index}`, { created: 1000 - index, prompt: index % 2 ? "rain" : "sun" }),
    );

  async function open(images = many(6)): Promise<LibraryRoom> {
    backend = new MockBackend({ images });
    standIn(backend);
    const room = new LibraryRoom();
    await room.open();
    return room;
  }

  beforeEach(() => localStorage.clear());

  it("says what it could not read, and can be asked again", async () => {
    const room = await open();
    const works = backend.library.search.bind(backend.library);
    backend.library.search = () => Promise.reject(new Error("no"));
    await room.look("rain");
    expect(room.problem?.code).toBe("internal");
    backend.library.search = works;
    await room.look("rain");
    expect([room.problem, room.total]).toEqual([null, 3]);
    room.close();
  });

  it("begins with the newest that are known, and keeps who is chosen when all have been found", async () => {
    backend = new MockBackend({ images: many(6) });
    standIn(backend);
    const asked = vi.spyOn(backend.library, "pictures");
    const room = new LibraryRoom(COLUMN);
    const newest = many(6).slice(0, 2);
    room.begin(newest);
    await room.want(0, 2);
    room.only(1);
    const [, second] = newest;
    expect([room.total, room.whole, room.record(1)]).toEqual([2, false, second]);
    expect(room.meant()).toEqual({ kind: "ids", ids: [second?.id] });
    expect(asked).not.toHaveBeenCalled();
    await room.open();
    expect([room.total, room.whole, room.current?.id, room.selected]).toEqual([6, true, second?.id, 1]);
    expect(room.meant()?.kind).toBe("found");
    room.close();
  });

  it("shows the answer to the last question, however late the others come", async () => {
    const room = await open();
    const works = backend.library.search.bind(backend.library);
    let late: () => void = () => undefined;
    backend.library.search = async (text, grouping, stacked) => {
      if (text === "slow") await new Promise<void>((resolve) => (late = resolve));
      return works(text === "slow" ? "" : text, grouping, stacked);
    };
    const first = room.look("slow");
    await room.look("sun");
    late();
    await first;
    expect([room.text, room.total]).toEqual(["sun", 3]);
    room.close();
  });

  it("reads the pictures that are looked at, once", async () => {
    const room = await open(many(450));
    expect(room.record(0)).toBeUndefined();
    await room.want(0, 30);
    await room.want(5, 30);
    expect(room.record(3)?.id).toBe("i3");
    expect(room.record(300)).toBeUndefined();
    room.close();
  });

  it("rates what is selected, tells, and takes it back", async () => {
    const room = await open();
    await room.want(0, 6);
    room.select(span(1, 2));
    await room.rate(4);
    expect(calls(backend, "change")).toMatchObject([
      { chosen: { kind: "found", ranges: [[1, 3]] }, change: { kind: "rate", stars: 4 } },
    ]);
    expect([room.record(1)?.rating, room.record(2)?.rating, room.record(0)?.rating]).toEqual([4, 4, 0]);
    expect(room.said?.text).toBe("2 pictures rated.");
    await room.undo();
    expect(room.record(1)?.rating).toBe(0);
    room.close();
  });

  it("throws away and brings back, and the list follows", async () => {
    const room = await open();
    room.select(span(0, 3));
    await room.trash();
    await vi.waitFor(() => expect(room.total).toBe(2));
    expect(room.selected).toBe(0);
    await room.undo();
    await vi.waitFor(() => expect(room.total).toBe(6));
    room.close();
  });

  it("does nothing where nothing is meant", async () => {
    const room = await open([]);
    await room.rate(3);
    await room.trash();
    expect(calls(backend, "change")).toEqual([]);
    expect(calls(backend, "trash")).toEqual([]);
    room.close();
  });

  it("toggles a part of the search", async () => {
    const room = await open();
    await room.look("rain");
    await room.toggle("kind:text");
    expect(room.text).toBe("rain kind:text");
    expect(room.asks("kind:text")).toBe(true);
    await room.toggle("kind:text");
    expect(room.text).toBe("rain");
    room.close();
  });
});
