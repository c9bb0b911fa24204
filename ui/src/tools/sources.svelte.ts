// The pictures that the tools work on. They come from files, from the viewer, from results; each stands here once. What
// was refused is listed with its reason.

import { t } from "../i18n/index.svelte";
import {
  type AppError,
  asAppError,
  pickFiles,
  type PictureInfo,
  pictureInfo,
  pictureOfImage,
  type RefusedFile,
} from "../ipc";

const KEY = "atelier.tools.sources";

export class Sources {
  all: readonly PictureInfo[] = $state.raw([]);
  refused: readonly RefusedFile[] = $state.raw([]);
  problem: AppError | null = $state.raw(null);
  /** What was taken away last, to be brought back. */
  removed: readonly PictureInfo[] | null = $state.raw(null);

  readonly ids = $derived(this.all.map(({ id }) => id));

  find(id: string): PictureInfo | undefined {
    return this.all.find((picture) => picture.id === id);
  }

  #become(all: readonly PictureInfo[]): void {
    this.all = all;
    localStorage.setItem(KEY, JSON.stringify(this.ids));
  }

  /** The pictures as they were left, those of them that are still there. */
  async restore(): Promise<void> {
    const ids = kept();
    if (ids.length === 0) return;
    const found = await this.#try(() => pictureInfo(ids));
    const left = (found ?? []).filter((picture) => picture !== null);
    this.#become([...left, ...this.all.filter(({ id }) => !ids.includes(id))]);
  }

  add(pictures: readonly PictureInfo[]): void {
    const fresh = pictures.filter(
      ({ id }, index) => !this.ids.includes(id) && pictures.findIndex((other) => other.id === id) === index,
    );
    if (fresh.length > 0) this.#become([...this.all, ...fresh]);
    this.removed = null;
  }

  remove(id: string): void {
    this.#takeAway(this.all.filter((picture) => picture.id !== id));
  }

  clear(): void {
    this.#takeAway([]);
  }

  #takeAway(left: readonly PictureInfo[]): void {
    if (left.length === this.all.length) return;
    this.removed = this.all;
    this.#become(left);
  }

  /** Brings back what was taken away last. */
  bringBack(): void {
    const before = this.removed;
    if (!before) return;
    this.#become(before);
    this.removed = null;
  }

  /** Asks for files. The pictures that came, as they were added. */
  async pick(): Promise<readonly PictureInfo[]> {
    const added = await this.#try(() => pickFiles("files"));
    if (!added) return [];
    const vibes = added.vibes.map(({ name }) => ({ name, reason: t("tools.noPicture") }));
    this.refused = [...added.refused, ...vibes];
    this.add(added.pictures);
    return added.pictures;
  }

  /** A picture of the library. */
  async take(image: string): Promise<PictureInfo | null> {
    const picture = await this.#try(() => pictureOfImage(image));
    if (picture) this.add([picture]);
    return picture;
  }

  async #try<T>(command: () => Promise<T>): Promise<T | null> {
    try {
      const answer = await command();
      this.problem = null;
      return answer;
    } catch (thrown) {
      this.problem = asAppError(thrown);
      return null;
    }
  }
}

function kept(): string[] {
  try {
    const read: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(read) ? read.filter((id) => typeof id === "string") : [];
  } catch {
    return [];
  }
}
