// Presets as they are looked for: by words, and by folder.

import type { Preset } from "../ipc";

/** Presets of one folder, in the person's order. */
export interface Folder {
  name: string;
  presets: Preset[];
}

/** Whether all words that are looked for stand in the name, the folder or the prompt. */
export function matches({ name, folder, request }: Preset, search: string): boolean {
  const text = `${name} ${folder} ${request.prompt.text}`.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** By folder; folders in the order in which their first preset stands, and what has none first. */
export function grouped(all: readonly Preset[]): Folder[] {
  const folders = new Map<string, Preset[]>([["", []]]);
  for (const preset of all) {
    const folder = folders.get(preset.folder);
    if (folder) folder.push(preset);
    else folders.set(preset.folder, [preset]);
  }
  return [...folders].filter(([, held]) => held.length > 0).map(([name, held]) => ({ name, presets: held }));
}
