// Texts: where a request keeps them, and the smallest change that makes one out of another.

import type { ChangeSpec } from "@codemirror/state";

import type { GenerateRequest, PromptPlace } from "../../ipc";

/** As the editor keeps them: one kind of line break. */
export function normal(text: string): string {
  return text.replaceAll(/\r\n?/g, "\n");
}

/** The request with another text at a place. */
export function withText(request: GenerateRequest, place: PromptPlace, text: string): GenerateRequest {
  switch (place.kind) {
    case "prompt":
      return { ...request, prompt: { ...request.prompt, text } };
    case "undesired":
      return { ...request, prompt: { ...request.prompt, undesired: text } };
    case "character":
      return withCharacter(request, place.index, { prompt: text });
    case "characterUndesired":
      return withCharacter(request, place.index, { undesired: text });
  }
}

function withCharacter(
  request: GenerateRequest,
  index: number,
  change: { prompt: string } | { undesired: string },
): GenerateRequest {
  const characters = (request.characters ?? []).map((one, at) => (at === index ? { ...one, ...change } : one));
  return { ...request, characters };
}

/** The text of a request at a place. */
export function textAt(request: GenerateRequest, place: PromptPlace): string {
  switch (place.kind) {
    case "prompt":
      return request.prompt.text;
    case "undesired":
      return request.prompt.undesired;
    case "character":
      return request.characters?.[place.index]?.prompt ?? "";
    case "characterUndesired":
      return request.characters?.[place.index]?.undesired ?? "";
  }
}

const isLowSurrogate = (text: string, at: number) => /[\udc00-\udfff]/.test(text.charAt(at));

/** What differs between two texts, as one change; null if nothing does. It never cuts a character in two. */
export function difference(before: string, after: string): Extract<ChangeSpec, { from: number }> | null {
  if (before === after) return null;
  const most = Math.min(before.length, after.length);
  let from = 0;
  while (from < most && before.charCodeAt(from) === after.charCodeAt(from)) from++;
  if (isLowSurrogate(before, from) || isLowSurrogate(after, from)) from--;
  let same = 0;
  while (
    same < most - from &&
    before.charCodeAt(before.length - 1 - same) === after.charCodeAt(after.length - 1 - same)
  ) {
    same++;
  }
  if (same > 0 && isLowSurrogate(before, before.length - same)) same--;
  return { from, to: before.length - same, insert: after.slice(from, after.length - same) };
}
