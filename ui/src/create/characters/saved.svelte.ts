// Casts that were kept: presets with nothing but characters in them.

import {
  asAppError,
  type AppError,
  type CarryNote,
  deletePreset,
  type Preset,
  presets,
  previewPreset,
  savePreset,
} from "../../ipc";
import type { Cast } from "./cast.svelte";

export class SavedCasts {
  all: Preset[] = $state.raw([]);
  /** What the last command failed with. */
  problem: AppError | null = $state.raw(null);
  /** What could not stay as it was when a cast came from another model. */
  notes: CarryNote[] = $state.raw([]);

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

  #show(shelf: { presets: Preset[] } | null): void {
    if (shelf) this.all = shelf.presets.filter(({ parts }) => parts.length === 1 && parts[0] === "characters");
  }

  async read(): Promise<void> {
    this.#show(await this.#try(presets));
  }

  /** A cast of the same name is replaced. */
  async save(name: string, cast: Cast): Promise<void> {
    const id = this.all.find((preset) => preset.name === name && !preset.builtIn)?.id ?? crypto.randomUUID();
    const request = cast.draft.snapshot();
    const preset: Preset = {
      id,
      name,
      folder: "",
      colour: null,
      face: null,
      parts: ["characters"],
      request,
      builtIn: false,
    };
    this.#show(await this.#try(() => savePreset(preset)));
  }

  /** Takes the place of the characters in the draft, as the model of the draft can have them. */
  async load(id: string, cast: Cast): Promise<void> {
    const preview = await this.#try(() => previewPreset(id, ["characters"], cast.draft.snapshot()));
    if (!preview) return;
    const { request, notes } = preview.carried;
    cast.use(request.characters ?? [], request.aiChoice ?? false);
    this.notes = notes;
  }

  async forget(id: string): Promise<void> {
    this.#show(await this.#try(() => deletePreset(id)));
  }
}
