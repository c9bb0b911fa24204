// The steps that are put after one another, and those that are kept under a name.

import {
  type AppError,
  asAppError,
  deleteToolChain,
  type SavedChain,
  saveToolChain,
  type Step,
  toolChains,
} from "../ipc";
import { moved } from "./steps";

/** A step with a key of its own, so that the list can be put in another order. */
export interface Placed {
  key: number;
  step: Step;
}

export class ChainDesk {
  placed: readonly Placed[] = $state.raw([]);
  saved: readonly SavedChain[] = $state.raw([]);
  /** The name that the steps at hand were loaded or saved under. */
  name = $state("");
  /** The step whose options are open, by key. */
  open: number | null = $state(null);
  problem: AppError | null = $state.raw(null);
  #keys = 0;

  readonly steps = $derived(this.placed.map(({ step }) => step));
  /** The kept chain of this name, if there is one. */
  readonly same = $derived(this.saved.find(({ name }) => name === this.name.trim()) ?? null);
  /** Whether the steps at hand are just what is kept under their name. */
  readonly isKept = $derived(this.same !== null && JSON.stringify(this.same.steps) === JSON.stringify(this.steps));

  add(step: Step): void {
    const placed = { key: ++this.#keys, step };
    this.placed = [...this.placed, placed];
    this.open = placed.key;
  }

  change(key: number, step: Step): void {
    this.placed = this.placed.map((placed) => (placed.key === key ? { key, step } : placed));
  }

  remove(key: number): void {
    this.placed = this.placed.filter((placed) => placed.key !== key);
    if (this.open === key) this.open = null;
  }

  /** Whether it moved. */
  move(key: number, to: number): boolean {
    const from = this.placed.findIndex((placed) => placed.key === key);
    if (from < 0 || to < 0 || to >= this.placed.length || from === to) return false;
    this.placed = moved(this.placed, from, to);
    return true;
  }

  use(steps: readonly Step[], name = ""): void {
    this.placed = steps.map((step) => ({ key: ++this.#keys, step }));
    this.name = name;
    this.open = null;
  }

  async read(): Promise<void> {
    await this.#try(toolChains);
  }

  /** Keeps the steps at hand under a name. */
  async save(): Promise<boolean> {
    const name = this.name.trim();
    if (name === "" || this.steps.length === 0) return false;
    const saved = await this.#try(() => saveToolChain({ name, steps: [...this.steps] }));
    if (saved) this.name = name;
    return saved;
  }

  async forget(name: string): Promise<void> {
    await this.#try(() => deleteToolChain(name));
  }

  async #try(command: () => Promise<SavedChain[]>): Promise<boolean> {
    try {
      this.saved = await command();
      this.problem = null;
      return true;
    } catch (thrown) {
      this.problem = asAppError(thrown);
      return false;
    }
  }
}
