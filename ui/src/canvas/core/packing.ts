// A tile of the mask in few bytes: one value where it is flat, runs or bits where it has edges, as it is where nothing
// helps. A record is [kind, payload…]; records stand one after the other in one buffer, so that a step of a thousand
// flat tiles costs a few kilobytes and no objects.

export const TILE = 64;

const FLAT = 0;
const RUNS = 1;
const BITS = 2;
const RAW = 3;
/** Runs of at most sixteen pixels in one byte each: strength of sixteen, length. What soft brushes leave. */
const STEPS = 4;

/** Bytes that grow at the end. */
export class Bytes {
  bytes: Uint8Array;
  length = 0;

  constructor(capacity = 4096) {
    this.bytes = new Uint8Array(capacity);
  }

  /** Makes room for so many more. */
  reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.length + more));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }

  push(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  append(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  slice(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }
}

/** Where a tile lies in a larger sheet of bytes. */
export interface Place {
  readonly bytes: Uint8Array;
  readonly stride: number;
  readonly start: number;
  readonly width: number;
  readonly height: number;
}

function isFlat({ bytes, stride, start, width, height }: Place): boolean {
  const first = bytes[start];
  for (let row = 0, from = start; row < height; row++, from += stride) {
    for (let at = from; at < from + width; at++) if (bytes[at] !== first) return false;
  }
  return true;
}

const scratch = new Uint8Array(TILE * TILE * 2);

/** Between two of sixteen strengths. */
const STEP = 17;

const flatRows = new Uint8Array(TILE * TILE);

/** The tile's rows one after the other, in a scratch that the next call overwrites. */
function gathered({ bytes, stride, start, width, height }: Place): Uint8Array {
  for (let row = 0; row < height; row++) {
    const from = start + row * stride;
    flatRows.set(bytes.subarray(from, from + width), row * width);
  }
  return flatRows.subarray(0, width * height);
}

/** Appends a tile. */
export function pack(place: Place, out: Bytes): void {
  if (isFlat(place)) {
    out.reserve(2);
    out.push(FLAT);
    out.push(place.bytes[place.start] ?? 0);
    return;
  }
  const rows = gathered(place);
  const inBits = Math.ceil(rows.length / 8);
  const { length, binary, stepped } = findRuns(rows);
  if (stepped && !binary) {
    const steps = findSteps(rows);
    if (steps < Math.min(length, rows.length)) {
      appendCounted(out, STEPS, steps);
      return;
    }
    // The scratch holds steps now.
    findRuns(rows);
  }
  if (length <= (binary ? inBits : rows.length)) {
    appendCounted(out, RUNS, length);
  } else if (binary) {
    out.reserve(1 + inBits);
    out.push(BITS);
    for (let at = 0; at < rows.length; at += 8) {
      let byte = 0;
      for (let bit = 0; bit < 8; bit++) if (rows[at + bit] === 255) byte |= 1 << bit;
      out.push(byte);
    }
  } else {
    out.reserve(1 + rows.length);
    out.push(RAW);
    out.append(rows);
  }
}

/** What stands in the scratch, behind its kind and its length. */
function appendCounted(out: Bytes, kind: number, length: number): void {
  out.reserve(3 + length);
  out.push(kind);
  out.push(length & 255);
  out.push(length >> 8);
  out.append(scratch.subarray(0, length));
}

interface Found {
  /** Bytes in the scratch. */
  length: number;
  /** Whether there is nothing but 0 and 255. */
  binary: boolean;
  /** Whether all values are of the sixteen of a soft brush. */
  stepped: boolean;
}

/** Runs of [value, length - 1], into the scratch. */
function findRuns(rows: Uint8Array): Found {
  const found: Found = { length: 0, binary: true, stepped: true };
  for (let at = 0; at < rows.length;) {
    const value = rows[at] ?? 0;
    let end = at + 1;
    while (end < rows.length && end - at < 256 && rows[end] === value) end++;
    if (value !== 0 && value !== 255) found.binary = false;
    if (value % STEP !== 0) found.stepped = false;
    scratch[found.length++] = value;
    scratch[found.length++] = end - at - 1;
    at = end;
  }
  return found;
}

function findSteps(rows: Uint8Array): number {
  let length = 0;
  for (let at = 0; at < rows.length;) {
    const value = rows[at] ?? 0;
    let end = at + 1;
    while (end < rows.length && end - at < 16 && rows[end] === value) end++;
    scratch[length++] = ((value / STEP) << 4) | (end - at - 1);
    at = end;
  }
  return length;
}

/** Reads the tile that begins at `at` into `rows`, row by row, and answers where the next record begins. */
export function unpack(packed: Uint8Array, at: number, rows: Uint8Array): number {
  const kind = packed[at] ?? STEPS + 1;
  switch (kind) {
    case FLAT:
      rows.fill(packed[at + 1] ?? 0);
      return at + 2;
    case RUNS: {
      const length = (packed[at + 1] ?? 0) | ((packed[at + 2] ?? 0) << 8);
      const from = at + 3;
      let to = 0;
      for (let run = from; run < from + length; run += 2) {
        const end = to + (packed[run + 1] ?? 0) + 1;
        rows.fill(packed[run] ?? 0, to, end);
        to = end;
      }
      return from + length;
    }
    case STEPS: {
      const from = at + 3;
      const end = from + ((packed[at + 1] ?? 0) | ((packed[at + 2] ?? 0) << 8));
      let to = 0;
      for (let step = from; step < end; step++) {
        const run = packed[step] ?? 0;
        rows.fill((run >> 4) * STEP, to, to + (run & 15) + 1);
        to += (run & 15) + 1;
      }
      return end;
    }
    case BITS: {
      for (let pixel = 0; pixel < rows.length; pixel++) {
        rows[pixel] = ((packed[at + 1 + (pixel >> 3)] ?? 0) >> (pixel & 7)) & 1 ? 255 : 0;
      }
      return at + 1 + Math.ceil(rows.length / 8);
    }
    case RAW:
      rows.set(packed.subarray(at + 1, at + 1 + rows.length));
      return at + 1 + rows.length;
    default:
      throw new Error(`there is no kind of tile ${kind}`);
  }
}
