// Presets, settings and models, in memory.

import type {
  Carried,
  GenerateRequest,
  PictureSettings,
  Preset,
  PresetImport,
  PresetPart,
  PresetPreview,
  PresetShelf,
  Settings,
} from "../index";
import { carry } from "./carry";
import { MockPrompts } from "./prompts";

export const SETTINGS: Settings = { askAbove: null, explicitTags: false, onlineTags: true, sizes: [] };

export class MockPresets extends MockPrompts {
  protected shelf: PresetShelf = { presets: [], broken: [], default: null };

  switchModel(request: GenerateRequest, model: string): Promise<Carried> {
    this.called("switchModel", { model });
    return Promise.resolve(carry(request, model));
  }

  wireRequest(request: GenerateRequest): Promise<string> {
    return Promise.resolve(JSON.stringify(request, null, 2));
  }

  /** What Generate was pressed with, newest first. */
  protected sent: GenerateRequest[] = [];

  sentDrafts(limit: number): Promise<GenerateRequest[]> {
    return Promise.resolve(this.sent.slice(0, limit));
  }

  saveSettings(settings: Settings): Promise<Settings> {
    this.called("saveSettings", settings);
    return Promise.resolve(settings);
  }

  presets(): Promise<PresetShelf> {
    return Promise.resolve(this.shelf);
  }

  savePreset(preset: Preset): Promise<PresetShelf> {
    this.called("savePreset", preset);
    const others = this.shelf.presets.filter(({ id }) => id !== preset.id);
    this.shelf = { ...this.shelf, presets: [...others, preset] };
    return this.presets();
  }

  deletePreset(id: string): Promise<PresetShelf> {
    this.called("deletePreset", { id });
    this.shelf = { ...this.shelf, presets: this.shelf.presets.filter((preset) => preset.id !== id) };
    return this.presets();
  }

  arrangePresets(ids: string[]): Promise<PresetShelf> {
    this.called("arrangePresets", { ids });
    const at = (id: string) => ids.indexOf(id);
    this.shelf = { ...this.shelf, presets: [...this.shelf.presets].sort((a, b) => at(a.id) - at(b.id)) };
    return this.presets();
  }

  setDefaultPreset(id: string | null): Promise<PresetShelf> {
    this.called("setDefaultPreset", { id });
    this.shelf = { ...this.shelf, default: id };
    return this.presets();
  }

  previewPreset(_id: string, _parts: PresetPart[], request: GenerateRequest): Promise<PresetPreview> {
    return Promise.resolve({ carried: { request, notes: [] }, changes: [] });
  }

  exportPresets(ids: string[]): Promise<boolean> {
    this.called("exportPresets", { ids });
    return Promise.resolve(true);
  }

  importPresets(): Promise<PresetImport | null> {
    return Promise.resolve(null);
  }

  readSettings(): Promise<PictureSettings | null> {
    return Promise.resolve(null);
  }
}
