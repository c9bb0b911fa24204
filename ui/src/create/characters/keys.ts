// Who is who while the list changes: every character has a key of its own and a colour. The request has neither, so they
// are kept beside it, place by place, and mended when the list was changed from elsewhere (undone, loaded, carried).

/** A key and one of the colours of the cast. */
export interface Key {
  id: string;
  colour: number;
}

export const COLOURS = 8;

/** As many keys as there are characters: the first ones as they are, the others new, with colours that are still free. */
export function completed(keys: readonly Key[], count: number): Key[] {
  const all = keys.slice(0, count);
  while (all.length < count) all.push(fresh(all));
  return all;
}

/** A key that is none of these; the colour that the fewest of them have. */
export function fresh(keys: readonly Key[]): Key {
  const ids = new Set(keys.map(({ id }) => id));
  let number = keys.length;
  while (ids.has(`member-${number}`)) number += 1;
  const uses = Array.from({ length: COLOURS }, (_, colour) => keys.filter((key) => key.colour === colour).length);
  return { id: `member-${number}`, colour: uses.indexOf(Math.min(...uses)) };
}

/** The list with the one at `from` taken out and put in at `to`. */
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const [taken] = list.slice(from, from + 1);
  if (taken === undefined) return [...list];
  const rest = [...list.slice(0, from), ...list.slice(from + 1)];
  return [...rest.slice(0, to), taken, ...rest.slice(to)];
}
