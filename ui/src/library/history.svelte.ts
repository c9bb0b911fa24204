// The pictures in the order they were made, newest first, and as many of the older ones as were asked for.

import { asAppError, type AppError, type ImageRecord, images } from "../ipc";

export const PAGE = 60;

export class History {
  all: readonly ImageRecord[] = $state.raw([]);
  loading = $state(false);
  /** Why older ones could not be read. */
  problem: AppError | null = $state.raw(null);
  /** Nothing older is left. */
  complete = $state(false);

  /** The newest, as they were read. What was told meanwhile is kept: ids are unique. */
  reset(read: readonly ImageRecord[]): void {
    const told = this.all.filter(({ id }) => !read.some((image) => image.id === id));
    const newest = read[0]?.created ?? 0;
    this.all = [...told.filter(({ created }) => created >= newest), ...read];
    this.complete = read.length < PAGE;
    this.problem = null;
  }

  /** What the shell tells; `added` comes oldest first. */
  change(added: readonly ImageRecord[], removed: readonly string[]): void {
    const gone = [...removed, ...added.map(({ id }) => id)];
    this.all = [...[...added].reverse(), ...this.all.filter(({ id }) => !gone.includes(id))];
  }

  find(id: string): ImageRecord | undefined {
    return this.all.find((image) => image.id === id);
  }

  /** The next page, from the oldest known picture on. */
  async loadOlder(): Promise<void> {
    if (this.loading || this.complete) return;
    this.loading = true;
    this.problem = null;
    try {
      const older = await images(this.all.at(-1)?.id ?? null, PAGE);
      this.all = [...this.all, ...older.filter(({ id }) => !this.find(id))];
      this.complete = older.length < PAGE;
    } catch (thrown) {
      this.problem = asAppError(thrown);
    } finally {
      this.loading = false;
    }
  }
}
