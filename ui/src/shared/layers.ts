// Pictures that lie over one another in one place: the one that is seen, and the one that is being loaded and will fade
// in over it. Pictures come faster than they load; then the newest waits, and those between are skipped.

export interface Layer {
  src: string;
  alt: string;
  /** What it is a picture of: pictures of one thing fade into each other, others take each other's place. */
  of: string;
}

export interface Layers<L extends Layer> {
  /** What was seen before, until the fade is over. */
  under: L | null;
  seen: L | null;
  loading: L | null;
  next: L | null;
}

export const NO_LAYERS = { under: null, seen: null, loading: null, next: null } satisfies Layers<Layer>;

/** A picture is to be shown. None: what is seen stays only if it is of the same thing. */
export function show<L extends Layer>(layers: Layers<L>, picture: L | null, of: string): Layers<L> {
  if (picture === null) return layers.seen?.of === of ? { ...layers, loading: null, next: null } : NO_LAYERS;
  const newest = layers.next ?? layers.loading ?? layers.seen;
  if (newest?.src === picture.src) return layers;
  if (layers.seen?.src === picture.src) return { ...layers, loading: null, next: null };
  if (layers.loading?.of === picture.of) return { ...layers, next: picture };
  return { ...layers, loading: picture, next: null };
}

/** The picture being loaded is there. */
export function loaded<L extends Layer>({ seen, loading, next }: Layers<L>): Layers<L> {
  const under = seen?.of === loading?.of ? seen : null;
  return { under, seen: loading ?? seen, loading: next, next: null };
}

/** The picture being loaded can't be had: what is seen stays. */
export function failed<L extends Layer>(layers: Layers<L>): Layers<L> {
  return { ...layers, loading: layers.next, next: null };
}

/** The fade is over. */
export function faded<L extends Layer>(layers: Layers<L>): Layers<L> {
  return { ...layers, under: null };
}

/** What is drawn, from the bottom up. */
export function stack<L extends Layer>(layers: Layers<L>): { picture: L; role: "under" | "seen" | "loading" }[] {
  const roles = ["under", "seen", "loading"] as const;
  return roles.flatMap((role) => {
    const picture = layers[role];
    return picture ? [{ picture, role }] : [];
  });
}
