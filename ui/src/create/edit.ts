// The one place where characters, references and the base image are written into the draft.

import type { Character, GenerateRequest, References } from "../ipc";
import type { Draft } from "./draft.svelte";

/** `merge`: changes of the same name in a row are one step, such as those of one drag. */
export const editRequest: (draft: Draft, change: (request: GenerateRequest) => void, merge?: string) => void = (
  draft,
  change,
  merge,
) => draft.edit(change, merge);

export function editCharacters(draft: Draft, change: (characters: Character[]) => void, merge?: string): void {
  editRequest(
    draft,
    (request) => {
      request.characters ??= [];
      change(request.characters);
    },
    merge,
  );
}

export function editReferences(draft: Draft, change: (references: References) => void, merge?: string): void {
  editRequest(
    draft,
    (request) => {
      request.references ??= {};
      change(request.references);
    },
    merge,
  );
}
