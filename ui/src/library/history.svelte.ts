// The newest pictures, and those that the person went to: what the viewer shows is found here by its id. The list of all
// is the Library's (`room/`).

import type { ImageRecord } from "../ipc";

export class History {
  /** Newest first. */
  all: readonly ImageRecord[] = $state.raw([]);
  #others: Readonly<Record<string, ImageRecord>> = $state.raw({});

  /** The newest, as they were read. What was told meanwhile is kept: ids are unique. */
  reset(read: readonly ImageRecord[]): void {
    const told = this.all.filter(({ id }) => !read.some((image) => image.id === id));
    const newest = read[0]?.created ?? 0;
    this.all = [...told.filter(({ created }) => created >= newest), ...read];
  }

  /** What the shell tells; `added` comes oldest first. */
  change(added: readonly ImageRecord[], removed: readonly string[]): void {
    const gone = [...removed, ...added.map(({ id }) => id)];
    this.all = [...[...added].reverse(), ...this.all.filter(({ id }) => !gone.includes(id))];
    this.#others = Object.fromEntries(Object.entries(this.#others).filter(([id]) => !gone.includes(id)));
  }

  /** A picture that is none of the newest. */
  know(image: ImageRecord): void {
    if (!this.all.some(({ id }) => id === image.id)) this.#others = { ...this.#others, [image.id]: image };
  }

  find(id: string): ImageRecord | undefined {
    return this.all.find((image) => image.id === id) ?? this.#others[id];
  }
}
