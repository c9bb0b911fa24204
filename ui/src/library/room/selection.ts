// Which pictures of a list are selected: as ranges, so that all of a hundred thousand are two numbers.

export type Ranges = readonly (readonly [number, number])[];

export const NONE: Ranges = [];

export function has(ranges: Ranges, index: number): boolean {
  return ranges.some(([from, to]) => index >= from && index < to);
}

export function count(ranges: Ranges): number {
  return ranges.reduce((sum, [from, to]) => sum + to - from, 0);
}

/** Sorted, and none touches another. */
function tidy(ranges: Ranges): Ranges {
  const sorted = ranges.filter(([from, to]) => to > from).sort(([one], [other]) => one - other);
  const joined: [number, number][] = [];
  for (const [from, to] of sorted) {
    const last = joined.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  return joined;
}

export function add(ranges: Ranges, from: number, to: number): Ranges {
  return tidy([...ranges, [from, to]]);
}

export function without(ranges: Ranges, from: number, to: number): Ranges {
  return tidy(
    ranges.flatMap(([first, end]): [number, number][] => [
      [first, Math.min(end, from)],
      [Math.max(first, to), end],
    ]),
  );
}

export function toggle(ranges: Ranges, index: number): Ranges {
  return has(ranges, index) ? without(ranges, index, index + 1) : add(ranges, index, index + 1);
}

/** From one picture to another, both included, whichever comes first. */
export function span(one: number, other: number): Ranges {
  return [[Math.min(one, other), Math.max(one, other) + 1]];
}

export function ofIndexes(indexes: readonly number[]): Ranges {
  return tidy(indexes.map((index) => [index, index + 1] as const));
}

/** The places that are selected, at most so many. */
export function indexes(ranges: Ranges, most: number): number[] {
  const all: number[] = [];
  for (const [from, to] of ranges) {
    for (let index = from; index < to && all.length < most; index += 1) all.push(index);
  }
  return all;
}
