// The records of a list of pictures, as far as they have been read: by their place, page by page. Not reactive: whoever
// draws them is told that something has come.

import type { ImageRecord } from "../../ipc";

/** Records that are read at once. */
export const PAGE = 200;

export class Records {
  #all = new Map<number, ImageRecord>();
  #pages = new Map<number, Promise<void>>();

  get(index: number): ImageRecord | undefined {
    return this.#all.get(index);
  }

  /** Where a picture stands; null: it has not been read. */
  find(id: string): number | null {
    for (const [index, record] of this.#all) if (record.id === id) return index;
    return null;
  }

  put(from: number, read: readonly ImageRecord[]): void {
    read.forEach((record, at) => this.#all.set(from + at, record));
  }

  /** The first records, from elsewhere: there is nothing to be read before their end. */
  begin(first: readonly ImageRecord[]): void {
    this.put(0, first);
    for (let page = 0; page * PAGE < first.length; page += 1) this.#pages.set(page, Promise.resolve());
  }

  /** Takes records in the place of those with their ids. */
  replace(changed: readonly ImageRecord[]): void {
    const now = new Map(changed.map((record) => [record.id, record]));
    for (const [index, { id }] of this.#all) {
      const record = now.get(id);
      if (record) this.#all.set(index, record);
    }
  }

  /** Reads the pages from one place until before another that nobody has read; one that fails is read again later. */
  async want(from: number, to: number, read: (page: number) => Promise<boolean>): Promise<void> {
    const wanted: Promise<void>[] = [];
    for (let page = Math.floor(Math.max(0, from) / PAGE); page * PAGE < to; page += 1) {
      const reading =
        this.#pages.get(page) ??
        read(page).then((done) => {
          if (!done) this.#pages.delete(page);
        });
      this.#pages.set(page, reading);
      wanted.push(reading);
    }
    await Promise.all(wanted);
  }
}
