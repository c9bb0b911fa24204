// The mask as it goes to disk: runs of [value, length], the length in groups of seven bits, lowest first, row after row
// without a break. Bands of rows are kept packed, so that a save packs only what has changed since the last one.

import type { Mask } from "./mask";
import { Bytes } from "./packing";
import { intersection, isEmpty, type Rect, wholeOf } from "./rect";

const BAND = 64;

export function encodeRuns(bytes: Uint8Array): Uint8Array {
  const out = new Bytes(256);
  for (let at = 0; at < bytes.length;) {
    const value = bytes[at] ?? 0;
    let end = at + 1;
    while (end < bytes.length && bytes[end] === value) end++;
    out.push(value);
    let length = end - at;
    while (length > 127) {
      out.push((length & 127) | 128);
      length >>>= 7;
    }
    out.push(length);
    at = end;
  }
  return out.slice();
}

/** The bytes again; null where the runs don't make exactly so many. */
export function decodeRuns(runs: Uint8Array, length: number): Uint8Array | null {
  const bytes = new Uint8Array(length);
  let to = 0;
  for (let at = 0; at < runs.length;) {
    const value = runs[at++] ?? 0;
    let run = 0;
    for (let shift = 0; ; shift += 7) {
      const part = runs[at++];
      if (part === undefined || shift > 28) return null;
      run += (part & 127) * 2 ** shift;
      if (part < 128) break;
    }
    if (run === 0 || to + run > length) return null;
    bytes.fill(value, to, to + run);
    to += run;
  }
  return to === length ? bytes : null;
}

export class PackedMask {
  readonly #mask: Mask;
  readonly #bands: (Uint8Array | null)[];

  constructor(mask: Mask) {
    this.#mask = mask;
    this.#bands = Array.from({ length: Math.ceil(mask.height / BAND) }, () => null);
  }

  /** What was packed there no longer holds. */
  changed(rect: Rect): void {
    const area = intersection(rect, wholeOf(this.#mask));
    if (isEmpty(area)) return;
    for (let band = Math.floor(area.y / BAND); band * BAND < area.y + area.height; band++) this.#bands[band] = null;
  }

  /** Packs one band that needs it; false: there was none left. */
  packSome(): boolean {
    const band = this.#bands.indexOf(null);
    if (band < 0) return false;
    const { bytes, width } = this.#mask;
    this.#bands[band] = encodeRuns(bytes.subarray(band * BAND * width, (band + 1) * BAND * width));
    return true;
  }

  /** Everything, packed. */
  take(): Uint8Array<ArrayBuffer> {
    while (this.packSome());
    const bands = this.#bands.map((band) => band ?? new Uint8Array());
    const whole = new Uint8Array(bands.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const band of bands) {
      whole.set(band, at);
      at += band.length;
    }
    return whole;
  }
}
