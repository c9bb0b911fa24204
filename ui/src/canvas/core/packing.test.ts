import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { Bytes, pack, TILE, unpack } from "./packing";

function packed(bytes: Uint8Array, width: number): Uint8Array {
  const out = new Bytes(1);
  pack({ bytes, stride: width, start: 0, width, height: bytes.length / width }, out);
  return out.slice();
}

function roundTrip(bytes: Uint8Array, width: number): Uint8Array {
  const rows = new Uint8Array(bytes.length);
  const record = packed(bytes, width);
  expect(unpack(record, 0, rows)).toBe(record.length);
  return rows;
}

describe("a packed tile", () => {
  it.each([
    ["noise", fc.uint8Array({ minLength: TILE * 5, maxLength: TILE * 5 })],
    [
      "black and white",
      fc
        .array(fc.constantFrom(0, 255), { minLength: TILE * 9, maxLength: TILE * 9 })
        .map((values) => Uint8Array.from(values)),
    ],
    [
      "soft paint",
      fc
        .tuple(fc.integer({ min: 2, max: 90 }), fc.nat(15))
        .map(([slope, offset]) =>
          Uint8Array.from(
            { length: TILE * TILE },
            (_, at) => ((Math.floor(((at % TILE) + (at >> 6)) / slope) + offset) % 16) * 17,
          ),
        ),
    ],
    [
      "steps",
      fc
        .tuple(fc.nat(255), fc.nat(255), fc.nat(TILE))
        .map(([one, other, at]) =>
          Uint8Array.from({ length: TILE * TILE }, (_, index) => (index % TILE < at ? one : other)),
        ),
    ],
  ])("comes back as it was: %s", (_name, anyBytes) => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(roundTrip(bytes, TILE)).toEqual(bytes);
      }),
    );
  });

  it("takes two bytes where it is flat", () => {
    expect(packed(new Uint8Array(TILE * TILE).fill(255), TILE)).toHaveLength(2);
  });

  it("takes an eighth where it is black and white, at most", () => {
    const checkered = Uint8Array.from({ length: TILE * TILE }, (_, at) => ((at + (at >> 6)) % 2 ? 255 : 0));
    expect(packed(checkered, TILE).length).toBeLessThanOrEqual((TILE * TILE) / 8 + 1);
  });

  it("is never much larger than what it stands for", () => {
    const noise = Uint8Array.from({ length: TILE * TILE }, (_, at) => (at * 2654435761) & 255);
    expect(packed(noise, TILE).length).toBeLessThanOrEqual(TILE * TILE + 1);
  });

  it("is cut out of a wider sheet", () => {
    const sheet = Uint8Array.from({ length: 100 * 10 }, (_, at) => at & 255);
    const out = new Bytes();
    pack({ bytes: sheet, stride: 100, start: 203, width: 5, height: 3 }, out);
    const rows = new Uint8Array(15);
    unpack(out.slice(), 0, rows);
    expect([...rows]).toEqual(
      [203, 204, 205, 206, 207, 303, 304, 305, 306, 307, 403, 404, 405, 406, 407].map((at) => at & 255),
    );
  });

  it("of an unknown kind is refused", () => expect(() => unpack(Uint8Array.of(9), 0, new Uint8Array(1))).toThrow());
});
