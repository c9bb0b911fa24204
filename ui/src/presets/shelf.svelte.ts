// The presets that a person keeps, as the shell last told them. Whoever changes something gets the whole shelf back;
// what went wrong stands in `problem`, and nothing has changed then.

import {
  type AppError,
  arrangePresets,
  asAppError,
  deletePreset,
  exportPresets,
  type GenerateRequest,
  importPresets,
  type Preset,
  type PresetImport,
  type PresetPart,
  presets,
  type PresetShelf,
  savePreset,
  setDefaultPreset,
} from "../ipc";
import { type Folder, grouped, matches } from "./folders";

export const PARTS: readonly PresetPart[] = ["prompt", "undesired", "characters", "settings", "size", "references"];

const EMPTY: PresetShelf = { presets: [], broken: [], default: null };

export class Shelf {
  shelf: PresetShelf = $state.raw(EMPTY);
  problem: AppError | null = $state.raw(null);
  search = $state("");
  /** What was deleted last, as long as it can be taken back. */
  removed: { preset: Preset; order: readonly string[]; wasDefault: boolean } | null = $state.raw(null);

  readonly own: readonly Preset[] = $derived.by(() => this.shelf.presets.filter(({ builtIn }) => !builtIn));
  readonly #found: readonly Preset[] = $derived.by(() => this.own.filter((preset) => matches(preset, this.search)));
  readonly folders: readonly Folder[] = $derived.by(() => grouped(this.#found));
  readonly folderNames: readonly string[] = $derived.by(() =>
    grouped(this.own)
      .map(({ name }) => name)
      .filter((name) => name !== ""),
  );

  find(id: string | null): Preset | undefined {
    return this.shelf.presets.find((preset) => preset.id === id);
  }

  /** What comes with the app for a model; everything that comes with it, while something is looked for. */
  builtIn(model: string): Preset[] {
    const searching = this.search.trim() !== "";
    return this.shelf.presets.filter(
      (preset) => preset.builtIn && (searching ? matches(preset, this.search) : preset.request.model === model),
    );
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

  async #change(command: () => Promise<PresetShelf>): Promise<boolean> {
    const shelf = await this.#try(command);
    if (shelf) this.shelf = shelf;
    return shelf !== null;
  }

  read(): Promise<boolean> {
    return this.#change(presets);
  }

  save(preset: Preset): Promise<boolean> {
    return this.#change(() => savePreset(preset));
  }

  update(preset: Preset, request: GenerateRequest): Promise<boolean> {
    return this.save({ ...preset, request });
  }

  /** A copy right behind it. Answers its id. */
  async duplicate(preset: Preset, name: string): Promise<string | null> {
    const id = crypto.randomUUID();
    const order = this.own.map((each) => each.id);
    if (!(await this.save({ ...preset, id, name, builtIn: false }))) return null;
    const at = order.indexOf(preset.id);
    if (at >= 0) await this.#change(() => arrangePresets([...order.slice(0, at + 1), id, ...order.slice(at + 1)]));
    return id;
  }

  async delete(preset: Preset): Promise<boolean> {
    const order = this.own.map(({ id }) => id);
    const wasDefault = this.shelf.default === preset.id;
    if (!(await this.#change(() => deletePreset(preset.id)))) return false;
    this.removed = { preset, order, wasDefault };
    return true;
  }

  /** What was deleted comes back to its place. */
  async restore(): Promise<void> {
    const { removed } = this;
    if (!removed || !(await this.save(removed.preset))) return;
    this.removed = null;
    await this.#change(() => arrangePresets([...removed.order]));
    if (removed.wasDefault) await this.useForNew(removed.preset.id);
  }

  /** One place up or down within its folder. */
  async move(preset: Preset, by: 1 | -1): Promise<void> {
    const mates = this.own.filter(({ folder }) => folder === preset.folder);
    const other = mates[mates.indexOf(preset) + by];
    if (!other) return;
    const ids = this.own.map(({ id }) => id);
    const swapped = ids.map((id) => (id === preset.id ? other.id : id === other.id ? preset.id : id));
    await this.#change(() => arrangePresets(swapped));
  }

  useForNew(id: string | null): Promise<boolean> {
    return this.#change(() => setDefaultPreset(id));
  }

  /** False: the person changed their mind, or it went wrong. */
  async export(ids: string[]): Promise<boolean> {
    return (await this.#try(() => exportPresets(ids))) ?? false;
  }

  async import(): Promise<PresetImport | null> {
    const imported = await this.#try(importPresets);
    if (imported) this.shelf = imported.shelf;
    return imported;
  }
}
