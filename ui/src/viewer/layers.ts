// The pictures that lie over one another in the frame: the one that is seen, and the one that is being loaded and will
// fade in over it. Pictures come faster than they load; then the newest waits, and those between are skipped.

import type { Picture } from "./shown";

export interface Layers {
  /** What was seen before, until the fade is over. */
  under: Picture | null;
  seen: Picture | null;
  loading: Picture | null;
  next: Picture | null;
}

export const NO_LAYERS: Layers = { under: null, seen: null, loading: null, next: null };

/** A picture is to be shown. None: what is seen stays only if it belongs to the same job or picture. */
export function show(layers: Layers, picture: Picture | null, of: string): Layers {
  if (picture === null) return layers.seen?.of === of ? { ...layers, loading: null, next: null } : NO_LAYERS;
  const newest = layers.next ?? layers.loading ?? layers.seen;
  if (newest?.src === picture.src) return layers;
  if (layers.seen?.src === picture.src) return { ...layers, loading: null, next: null };
  if (layers.loading?.of === picture.of) return { ...layers, next: picture };
  return { ...layers, loading: picture, next: null };
}

/** The picture being loaded is there. Pictures of one job fade into each other; others take each other's place. */
export function loaded({ seen, loading, next }: Layers): Layers {
  const under = seen?.of === loading?.of ? seen : null;
  return { under, seen: loading ?? seen, loading: next, next: null };
}

/** The picture being loaded can't be had: what is seen stays. */
export function failed(layers: Layers): Layers {
  return { ...layers, loading: layers.next, next: null };
}

/** The fade is over. */
export function faded(layers: Layers): Layers {
  return { ...layers, under: null };
}

/** What is drawn, from the bottom up. */
export function stack({ under, seen, loading }: Layers): { picture: Picture; role: "under" | "seen" | "loading" }[] {
  const all = [
    { picture: under, role: "under" as const },
    { picture: seen, role: "seen" as const },
    { picture: loading, role: "loading" as const },
  ];
  return all.flatMap(({ picture, role }) => (picture ? [{ picture, role }] : []));
}
