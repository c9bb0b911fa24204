// Presets, settings and models, in memory.

import {
  type BrokenPreset,
  type Carried,
  type GenerateRequest,
  IpcError,
  type PictureSettings,
  type Preset,
  type PresetChange,
  type PresetImport,
  type PresetPart,
  type PresetPreview,
  type PresetShelf,
  type Settings,
} from "../index";
import { carry } from "./carry";
import { catalogue } from "./catalogue";
import { MockPrompts } from "./prompts";

export const SETTINGS: Settings = {
  askAbove: null,
  explicitTags: false,
  onlineTags: true,
  sizes: [],
  share: {
    save: "keep",
    copy: "keep",
    drag: "keep",
    own: { artist: "", comment: "" },
    format: null,
    quality: 92,
    name: "{date}-{time}-{n}",
    maskFromAlpha: false,
  },
  spending: { freeOnly: false, queueCap: null, dayCap: null, monthCap: null, allowance: "pay" },
  pauseBetween: 0,
  pictureNames: "{date}/{time}-{seed}-{index}",
};

/** Where each part lies in a request: its fields, and their paths. */
const FIELDS: [part: PresetPart, field: string, path: string][] = [
  ["prompt", "text", "prompt.text"],
  ["prompt", "quality", "prompt.quality"],
  ["prompt", "furry", "prompt.furry"],
  ["prompt", "autoText", "prompt.autoText"],
  ["undesired", "undesired", "prompt.undesired"],
  ["undesired", "undesiredPreset", "prompt.undesiredPreset"],
  ["characters", "characters", "characters"],
  ["settings", "model", "model"],
  ["settings", "steps", "sampling.steps"],
  ["settings", "guidance", "sampling.guidance"],
  ["settings", "guidanceRescale", "sampling.guidanceRescale"],
  ["settings", "sampler", "sampling.sampler"],
  ["settings", "noiseSchedule", "sampling.noiseSchedule"],
  ["settings", "variety", "sampling.variety"],
  ["settings", "samples", "samples"],
  ["settings", "format", "format"],
  ["size", "size", "size"],
  ["references", "vibes", "references.vibes"],
  ["references", "precise", "references.precise"],
];

type Tree = Record<string, unknown>;

function read(request: GenerateRequest, path: string): unknown {
  return path.split(".").reduce<unknown>((at, key) => (at as Tree | undefined)?.[key], request);
}

function write(request: GenerateRequest, path: string, value: unknown): void {
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  const at = keys.reduce<Tree>((tree, key) => (tree[key] ??= {}) as Tree, request as unknown as Tree);
  at[last] = value;
}

function words(value: unknown): string {
  if (value === undefined) return "";
  if (Array.isArray(value)) return String(value.length);
  if (typeof value === "object" && value !== null && "width" in value && "height" in value)
    return `${String(value.width)} × ${String(value.height)}`;
  return typeof value === "string" ? value : JSON.stringify(value);
}

function laidOver(request: GenerateRequest, from: GenerateRequest, parts: PresetPart[]): PresetPreview {
  const wanted = FIELDS.filter(([part]) => parts.includes(part));
  const start = parts.includes("settings") ? carry(request, from.model) : { request, notes: [] };
  const laid = structuredClone(start.request);
  for (const [, , path] of wanted) write(laid, path, structuredClone(read(from, path)));
  const fitted = carry(laid, laid.model);
  const changes = FIELDS.flatMap(([part, field, path]): PresetChange[] => {
    const [before, after] = [words(read(request, path)), words(read(fitted.request, path))];
    return before === after ? [] : [{ part, field, from: before, to: after }];
  });
  return { carried: { request: fitted.request, notes: [...start.notes, ...fitted.notes] }, changes };
}

/** One for each model that is offered. */
function builtIn(base: GenerateRequest): Preset[] {
  return catalogue.models.map(({ id, defaults }) => ({
    id: `built-in-${id}`,
    name: "Fewer steps",
    folder: "",
    colour: null,
    face: null,
    parts: ["settings"],
    request: {
      ...base,
      model: id,
      sampling: { ...base.sampling, guidance: defaults.guidance, steps: 16 },
    },
    builtIn: true,
  }));
}

export class MockPresets extends MockPrompts {
  protected shelf: PresetShelf = { presets: [], broken: [], default: null };
  protected settings: Settings = SETTINGS;
  /** What Generate was pressed with, newest first. */
  protected sent: GenerateRequest[] = [];
  /** What the next import brings, and what the next picture says. */
  readonly next: { import: PresetImport | null; settings: PictureSettings | null } = { import: null, settings: null };

  /** Puts presets on the shelf; those that come with the app stand behind them. */
  stock(
    presets: Preset[],
    more: { broken?: BrokenPreset[]; default?: string | null; base?: GenerateRequest } = {},
  ): void {
    const own = more.base ? builtIn(more.base) : [];
    this.shelf = { presets: [...presets, ...own], broken: more.broken ?? [], default: more.default ?? null };
  }

  switchModel(request: GenerateRequest, model: string): Promise<Carried> {
    this.called("switchModel", { model });
    return Promise.resolve(carry(request, model));
  }

  wireRequest(request: GenerateRequest): Promise<string> {
    return Promise.resolve(JSON.stringify(request, null, 2));
  }

  sentDrafts(limit: number): Promise<GenerateRequest[]> {
    return Promise.resolve(this.sent.slice(0, limit));
  }

  saveSettings(settings: Settings): Promise<Settings> {
    this.called("saveSettings", settings);
    this.settings = settings;
    return Promise.resolve(settings);
  }

  presets(): Promise<PresetShelf> {
    return Promise.resolve(this.shelf);
  }

  #find(id: string): Preset {
    const preset = this.shelf.presets.find((each) => each.id === id);
    if (!preset) throw new IpcError({ code: "notFound", message: "There is no such preset.", detail: null });
    return preset;
  }

  savePreset(preset: Preset): Promise<PresetShelf> {
    this.called("savePreset", preset);
    const known = this.shelf.presets.some(({ id }) => id === preset.id);
    const presets = known
      ? this.shelf.presets.map((each) => (each.id === preset.id ? preset : each))
      : [...this.shelf.presets, preset];
    this.shelf = { ...this.shelf, presets };
    return this.presets();
  }

  deletePreset(id: string): Promise<PresetShelf> {
    this.called("deletePreset", { id });
    const left = this.shelf.default === id ? null : this.shelf.default;
    this.shelf = { ...this.shelf, presets: this.shelf.presets.filter((preset) => preset.id !== id), default: left };
    return this.presets();
  }

  arrangePresets(ids: string[]): Promise<PresetShelf> {
    this.called("arrangePresets", { ids });
    const at = (id: string) => (ids.includes(id) ? ids.indexOf(id) : ids.length);
    this.shelf = { ...this.shelf, presets: [...this.shelf.presets].sort((a, b) => at(a.id) - at(b.id)) };
    return this.presets();
  }

  setDefaultPreset(id: string | null): Promise<PresetShelf> {
    this.called("setDefaultPreset", { id });
    this.shelf = { ...this.shelf, default: id };
    return this.presets();
  }

  async previewPreset(id: string, parts: PresetPart[], request: GenerateRequest): Promise<PresetPreview> {
    await Promise.resolve();
    return laidOver(request, this.#find(id).request, parts);
  }

  exportPresets(ids: string[]): Promise<boolean> {
    this.called("exportPresets", { ids });
    return Promise.resolve(true);
  }

  importPresets(): Promise<PresetImport | null> {
    const imported = this.next.import;
    if (imported) this.shelf = imported.shelf;
    return Promise.resolve(imported);
  }

  async previewSettings(
    told: GenerateRequest,
    parts: PresetPart[],
    seed: number | null,
    request: GenerateRequest,
  ): Promise<PresetPreview> {
    await Promise.resolve();
    const preview = laidOver(request, told, parts);
    const before = request.sampling.seed;
    if (seed === null || seed === before) return preview;
    preview.carried.request.sampling.seed = seed;
    const change = { part: "settings", field: "seed", from: before === null ? "" : String(before), to: String(seed) };
    return { ...preview, changes: [...preview.changes, change as PresetChange] };
  }

  readSettings(picture: string): Promise<PictureSettings | null> {
    this.called("readSettings", { picture });
    return Promise.resolve(this.next.settings);
  }
}
