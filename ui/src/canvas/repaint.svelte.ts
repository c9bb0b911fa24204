// What is asked for: how the mask is to be repainted, what would be sent, what came of it. Rust works out and the page
// shows; here are the settings, and the order in which things are asked.

import { type AppError, asAppError, IpcError } from "../ipc";
import { debounced } from "../shared/debounce";
import { MARGIN } from "./core/focus";
import type { Rect } from "./core/rect";
import type { Painter } from "./painter.svelte";
import type { Saver } from "./save";
import type { CanvasShell, CanvasTold, OpenedCanvas, RepaintSettings, Repaint as Ask, Seen, Take } from "./shell";
import { USUAL } from "./shell";

export type FocusKind = RepaintSettings["focus"]["kind"];

export type Looked = { kind: "pending" } | { kind: "known"; seen: Seen } | { kind: "refused"; error: AppError };

export interface Working {
  job: string;
  step: number;
  steps: number;
}

const AFTER_CHANGE = 250;
/** Settings that keep changing are kept all the same. */
const AT_MOST = 1000;

export class Repaint {
  strength: number = $state(USUAL.strength);
  feather: number = $state(USUAL.feather);
  keepOutside: boolean = $state(USUAL.keepOutside);
  matchColours: boolean = $state(USUAL.matchColours);
  focus: FocusKind = $state(USUAL.focus.kind);
  ownPrompt = $state(false);
  text = $state("");
  undesired = $state("");

  looked: Looked = $state.raw({ kind: "pending" });
  takes: Take[] = $state.raw([]);
  /** The take that is looked at; null: the picture. */
  shown: string | null = $state(null);
  comparing = $state(false);
  /** Jobs that are not done, oldest first; the first may be running. */
  waiting: string[] = $state.raw([]);
  working: Working | null = $state.raw(null);
  failure: AppError | null = $state.raw(null);
  /** The price rose between the look and the click; nothing was queued. */
  risen: number | null = $state(null);

  readonly #shell: CanvasShell;
  readonly #painter: Painter;
  #canvas = "";
  #saver: Saver | null = null;
  #asked = 0;
  #going = false;
  #later = debounced(AFTER_CHANGE, () => void this.look());
  #keepLater = debounced(AFTER_CHANGE, () => this.#keep(), AT_MOST);
  /** The focus box as it was last taken note of. */
  #box: Rect | null = null;

  constructor(shell: CanvasShell, painter: Painter) {
    this.#shell = shell;
    this.#painter = painter;
  }

  open({ id, settings, takes }: OpenedCanvas, saver: Saver): void {
    const { strength, feather, keepOutside, matchColours, focus, margin, rule, prompt } = settings ?? USUAL;
    this.#canvas = id;
    this.#saver = saver;
    Object.assign(this, { strength, feather, keepOutside, matchColours, focus: focus.kind });
    this.ownPrompt = prompt !== null;
    this.text = prompt?.text ?? "";
    this.undesired = prompt?.undesired ?? "";
    this.#painter.margin = margin;
    this.#painter.follow(rule);
    this.#painter.box = this.#box = focus.kind === "box" ? focus.box : null;
    this.takes = takes;
    this.shown = null;
    this.comparing = false;
    this.looked = { kind: "pending" };
    this.#later();
  }

  close(): void {
    this.#later.cancel();
    this.#keepLater.flush();
  }

  get settings(): RepaintSettings {
    const { box, margin, rule } = this.#painter;
    return {
      strength: this.strength,
      feather: this.feather,
      keepOutside: this.keepOutside,
      matchColours: this.matchColours,
      rule,
      focus: this.focus === "box" ? (box ? { kind: "box", box } : { kind: "auto" }) : { kind: this.focus },
      margin: Math.min(MARGIN.max, Math.max(MARGIN.min, margin)),
      prompt: this.ownPrompt ? { text: this.text, undesired: this.undesired } : null,
    };
  }

  #ask(seed: number | null): Ask {
    return { canvas: this.#canvas, settings: this.settings, seed };
  }

  /** The mask or a setting has changed: look again when it has settled. */
  changed(): void {
    this.risen = null;
    this.#asked++;
    this.#later();
  }

  /** The settings have changed: they are kept with the picture too. */
  set(): void {
    this.changed();
    this.#keepLater();
  }

  #keep(): void {
    // What can't be kept now is kept with the next change.
    this.#shell.saveSettings(this.#canvas, this.settings).catch(() => undefined);
  }

  /** A box that was drawn, by pointer, key or button, is what is sent; one that was taken away no longer is. */
  boxed(box: Rect | null): void {
    if (box === this.#box) return;
    this.#box = box;
    if (box) this.focus = "box";
    else if (this.focus === "box") this.focus = "auto";
    this.set();
  }

  async look(): Promise<Looked> {
    this.#later.cancel();
    const asked = ++this.#asked;
    const found = await this.#look();
    if (asked === this.#asked) {
      this.looked = found;
      const drawn = this.focus === "box" && this.#painter.box !== null;
      this.#painter.sent =
        found.kind === "known" && !drawn && this.focus !== "whole"
          ? { crop: found.seen.crop, inner: found.seen.inner }
          : null;
      this.#painter.redrawGuides();
    }
    return found;
  }

  async #look(): Promise<Looked> {
    try {
      // It looks at what is on disk.
      if (this.#saver && !(await this.#saver.flush())) {
        throw new IpcError({ code: "storage", message: "The mask could not be saved.", detail: null });
      }
      return { kind: "known", seen: await this.#shell.look(this.#ask(null)) };
    } catch (thrown) {
      return { kind: "refused", error: asAppError(thrown) };
    }
  }

  /** The click on Repaint. While one is being taken, another is the same. */
  async go(seed: number | null = null): Promise<void> {
    if (this.#going) return;
    this.#going = true;
    try {
      const before = this.looked.kind === "known" ? this.looked.seen.price.anlas : 0;
      const now = await this.look();
      if (now.kind !== "known") return;
      this.risen = now.seen.price.anlas > before ? now.seen.price.anlas : null;
      if (this.risen === null) await this.#enqueue(seed);
    } finally {
      this.#going = false;
    }
  }

  async #enqueue(seed: number | null): Promise<void> {
    try {
      await this.#shell.enqueue(crypto.randomUUID(), this.#ask(seed));
      this.failure = null;
    } catch (thrown) {
      this.failure = asAppError(thrown);
    }
  }

  cancel(job: string): void {
    this.#shell.cancel(job).catch((thrown: unknown) => (this.failure = asAppError(thrown)));
  }

  /** Something happened to a job of this canvas. */
  told(told: CanvasTold): void {
    switch (told.kind) {
      case "queued":
        if (!this.waiting.includes(told.job)) this.waiting = [...this.waiting, told.job];
        return;
      case "running":
        this.working = { job: told.job, step: told.step, steps: told.steps };
        return;
      case "done":
        this.#ended(told.job);
        if (!this.takes.some(({ id }) => id === told.take.id)) this.takes = [...this.takes, told.take];
        this.shown = told.take.id;
        return;
      case "failed":
        this.#ended(told.job);
        this.failure = told.error;
        return;
      case "cancelled":
        this.#ended(told.job);
        return;
    }
  }

  #ended(job: string): void {
    this.waiting = this.waiting.filter((other) => other !== job);
    if (this.working?.job === job) this.working = null;
  }

  async keep(take: string): Promise<OpenedCanvas | null> {
    try {
      return await this.#shell.keep(this.#canvas, take);
    } catch (thrown) {
      this.failure = asAppError(thrown);
      return null;
    }
  }

  async reject(take: string): Promise<void> {
    try {
      await this.#shell.reject(this.#canvas, take);
    } catch (thrown) {
      this.failure = asAppError(thrown);
      return;
    }
    const at = this.takes.findIndex(({ id }) => id === take);
    this.takes = this.takes.filter(({ id }) => id !== take);
    if (this.shown === take) this.shown = this.takes[Math.min(at, this.takes.length - 1)]?.id ?? null;
    this.comparing = this.comparing && this.shown !== null;
  }
}
