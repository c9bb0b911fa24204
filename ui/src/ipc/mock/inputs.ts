// Pictures from outside, references and vibes, in memory.

import type { Added, GenerateRequest, PictureInfo, Reference, Vibe, VibeState } from "../index";
import { MockPresets } from "./presets";

export class MockInputs extends MockPresets {
  protected inputs = new Map<string, PictureInfo>();
  protected kept: Reference[] = [];

  addPicture(_bytes: ArrayBuffer, name: string): Promise<Added> {
    this.called("addPicture", { name });
    return Promise.resolve({ pictures: [], vibes: [], refused: [] });
  }

  pickFiles(many: boolean): Promise<Added> {
    this.called("pickFiles", { many });
    return Promise.resolve({ pictures: [], vibes: [], refused: [] });
  }

  pictureOfImage(id: string): Promise<PictureInfo> {
    return Promise.resolve({
      id,
      name: `${id}.png`,
      width: 832,
      height: 1216,
      format: "png",
      bytes: 1,
      hasAlpha: false,
      hasSettings: true,
    });
  }

  pictureInfo(ids: string[]): Promise<(PictureInfo | null)[]> {
    return Promise.resolve(ids.map((id) => this.inputs.get(id) ?? null));
  }

  vibeStates(request: GenerateRequest): Promise<VibeState[]> {
    const vibes = request.references?.vibes ?? [];
    return Promise.resolve(vibes.map(() => ({ encoded: false, anlas: 2, problem: null })));
  }

  exportVibes(vibes: Vibe[]): Promise<boolean> {
    this.called("exportVibes", { vibes });
    return Promise.resolve(true);
  }

  references(): Promise<Reference[]> {
    return Promise.resolve(this.kept);
  }

  saveReference(reference: Reference): Promise<Reference[]> {
    this.called("saveReference", reference);
    this.kept = [reference, ...this.kept.filter(({ id }) => id !== reference.id)];
    return this.references();
  }

  forgetReference(id: string): Promise<Reference[]> {
    this.called("forgetReference", { id });
    this.kept = this.kept.filter((reference) => reference.id !== id);
    return this.references();
  }

  inputUrl(id: string, as: "whole" | "small" | "precise"): string {
    return `mock:input/${as}/${id}`;
  }
}
