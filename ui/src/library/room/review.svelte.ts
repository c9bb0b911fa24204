// Going through pictures one by one: each is kept or rejected by one key, and what is decided can be taken back. What
// is said is kept at once; the batch at the end is a choice of its own.

import type { ImageRecord, Mark } from "../../ipc";
import { library } from "../../ipc";

interface Decision {
  at: number;
  before: Mark | null;
}

type Seen = Pick<ImageRecord, "id" | "mark">;

/** Pictures before the end at which the next are read. */
const AHEAD = 40;

export class Review {
  /** Those that have been read; the others follow. */
  ids: readonly string[] = $state.raw([]);
  /** How many there are in all. */
  total = $state(0);
  marks: Readonly<Record<string, Mark | null>> = $state.raw({});
  at = $state(0);
  problem = $state(false);
  #decisions: Decision[] = [];

  readonly done: boolean = $derived.by(() => this.at >= this.total);
  readonly current: string | undefined = $derived.by(() => this.ids[this.at]);
  readonly kept: readonly string[] = $derived.by(() => this.ids.filter((id) => this.marks[id] === "keep"));
  readonly rejected: readonly string[] = $derived.by(() => this.ids.filter((id) => this.marks[id] === "reject"));
  readonly left: number = $derived.by(() => this.total - this.kept.length - this.rejected.length);

  #read: () => Promise<readonly Seen[]>;
  #reading: Promise<void> | null = null;

  /** `read` gives the next pictures, as many as it likes; none: there are no more. */
  constructor(
    pictures: readonly Seen[],
    total = pictures.length,
    read: () => Promise<readonly Seen[]> = () => Promise.resolve([]),
  ) {
    this.#read = read;
    this.total = total;
    this.#add(pictures);
    // What was decided before is not asked again.
    const first = pictures.findIndex(({ mark }) => mark === null);
    this.at = Math.max(0, first);
    void this.#readOn();
  }

  #add(pictures: readonly Seen[]): void {
    this.ids = [...this.ids, ...pictures.map(({ id }) => id)];
    this.marks = { ...this.marks, ...Object.fromEntries(pictures.map(({ id, mark }) => [id, mark])) };
  }

  /** Reads the next pictures before they are needed. */
  #readOn(): Promise<void> {
    if (this.ids.length >= this.total || this.at + AHEAD < this.ids.length) return Promise.resolve();
    this.#reading ??= this.#read()
      .then(
        (pictures) => {
          this.problem = false;
          this.#add(pictures);
          if (pictures.length === 0) this.total = this.ids.length;
        },
        () => {
          this.problem = true;
        },
      )
      .finally(() => (this.#reading = null));
    return this.#reading;
  }

  go(by: number): void {
    this.at = Math.min(this.total, Math.max(0, this.at + by));
    void this.#readOn();
  }

  /** Decides, and goes on to the next. */
  async decide(mark: Mark | null): Promise<void> {
    const id = this.current;
    if (id === undefined) return;
    const decision = { at: this.at, before: this.marks[id] ?? null };
    this.#set(id, mark);
    this.go(1);
    if (await this.#say(id, mark)) this.#decisions.push(decision);
    else this.#set(id, decision.before);
  }

  /** Takes the last decision back, and shows its picture. */
  async undo(): Promise<void> {
    const decision = this.#decisions.pop();
    const id = decision && this.ids[decision.at];
    if (!decision || id === undefined) return;
    this.at = decision.at;
    this.#set(id, decision.before);
    await this.#say(id, decision.before);
  }

  #set(id: string, mark: Mark | null): void {
    this.marks = { ...this.marks, [id]: mark };
  }

  async #say(id: string, mark: Mark | null): Promise<boolean> {
    try {
      await library().change({ kind: "ids", ids: [id] }, { kind: "mark", mark });
      this.problem = false;
      return true;
    } catch {
      this.problem = true;
      return false;
    }
  }
}
