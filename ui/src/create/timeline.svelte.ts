// What a value was before, and what it was before that was undone. Changes that belong together are one step: those of
// one field in quick succession, and of a text the letters of one word.

import { beginsWord, changedText } from "./value";

const STEPS = 200;
/** Milliseconds within which changes of one field are one step. */
const TOGETHER = 1000;

interface Last {
  field: string;
  at: number;
}

export class Timeline<T> {
  value: T;
  #past: readonly T[] = $state.raw([]);
  #future: readonly T[] = $state.raw([]);
  #last: Last | null = null;
  readonly #now: () => number;

  readonly canUndo = $derived.by(() => this.#past.length > 0);
  readonly canRedo = $derived.by(() => this.#future.length > 0);

  constructor(value: T, now: () => number = () => performance.now()) {
    this.value = $state.raw(value);
    this.#now = now;
  }

  /** A new value. `field`: which one of its fields was changed, where many changes of it are one step. */
  push(next: T, field?: string): void {
    if (Object.is(next, this.value)) return;
    const at = this.#now();
    if (!this.#belongs(next, field, at)) this.#past = [...this.#past, this.value].slice(-STEPS);
    this.#future = [];
    this.#last = field === undefined ? null : { field, at };
    this.value = next;
  }

  #belongs(next: T, field: string | undefined, at: number): boolean {
    const last = this.#last;
    if (last === null || last.field !== field || at - last.at > TOGETHER || this.#past.length === 0) return false;
    const text = changedText(this.value, next);
    return text === null || !beginsWord(text);
  }

  /** What comes next is a step of its own. */
  seal(): void {
    this.#last = null;
  }

  undo(): boolean {
    const before = this.#past.at(-1);
    if (before === undefined) return false;
    this.#past = this.#past.slice(0, -1);
    this.#future = [this.value, ...this.#future];
    this.value = before;
    this.seal();
    return true;
  }

  redo(): boolean {
    const [after, ...rest] = this.#future;
    if (after === undefined) return false;
    this.#future = rest;
    this.#past = [...this.#past, this.value];
    this.value = after;
    this.seal();
    return true;
  }
}
