// Words: what Rust says about a prompt, as far as the page can be tried without it.

import type { Completions, Drawn, Edited, GenerateRequest, Look, PromptFile, PromptPlace, TagImport } from "../index";
import { MockCalls } from "./calls";

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

export class MockPrompts extends MockCalls {
  lookAtPrompt(request: GenerateRequest, place: PromptPlace): Promise<Look> {
    const text = textAt(request, place);
    const here = Math.ceil(text.length / 4) + 1;
    return Promise.resolve({
      spans: text ? [{ from: 0, to: text.length, kind: "text", weight: 1 }] : [],
      problems: [],
      tokens: { here, total: here, limit: 512, exact: false, cutFrom: null, segments: [] },
    });
  }

  complete(_request: GenerateRequest, _place: PromptPlace, at: number): Promise<Completions> {
    return Promise.resolve({ from: at, to: at, items: [] });
  }

  completeOnline(_request: GenerateRequest, _place: PromptPlace, at: number): Promise<Completions> {
    return Promise.resolve({ from: at, to: at, items: [] });
  }

  nudgeWeight(_model: string, edited: Edited): Promise<Edited | null> {
    return Promise.resolve(edited);
  }

  toggleSegment(edited: Edited): Promise<Edited> {
    return Promise.resolve(edited);
  }

  drawPrompt(request: GenerateRequest): Promise<Drawn> {
    return Promise.resolve({ request, draws: [], byChance: false });
  }

  promptFiles(): Promise<PromptFile[]> {
    return Promise.resolve([]);
  }

  saveSnippet(name: string, text: string): Promise<PromptFile[]> {
    this.called("saveSnippet", { name, text });
    return this.promptFiles();
  }

  deleteSnippet(name: string): Promise<PromptFile[]> {
    this.called("deleteSnippet", { name });
    return this.promptFiles();
  }

  showPromptFiles(): Promise<void> {
    this.called("showPromptFiles");
    return Promise.resolve();
  }

  importTags(): Promise<TagImport | null> {
    return Promise.resolve(null);
  }
}
