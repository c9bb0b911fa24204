// Pictures from outside, references and vibes, in memory. What a file is goes by its name: `wide-1536x1024.png` has that
// size, `mood.naiv4vibe` is a vibe (`encoded` in its name: without its picture), and anything else is refused.

import type {
  Added,
  Fit,
  GenerateRequest,
  Pick,
  PictureInfo,
  Reference,
  Size,
  Vibe,
  VibeInfo,
  VibeState,
} from "../index";
import { MockPresets } from "./presets";

const NOTHING: Added = { pictures: [], vibes: [], refused: [] };

export class MockInputs extends MockPresets {
  protected inputs = new Map<string, PictureInfo>();
  protected inputUrls = new Map<string, string>();
  protected kept: Reference[] = [];
  /** The names of the files that the person picks next. */
  picks: string[] = [];
  /** Vibes that were encoded before: their pictures. */
  encoded = new Set<string>();

  /** Gives a picture from outside its address. */
  showInput(id: string, address: string): void {
    this.inputUrls.set(id, address);
  }

  /** What comes of files with these names. */
  addFiles(names: readonly string[]): Added {
    const added: Added = { pictures: [], vibes: [], refused: [] };
    for (const name of names) {
      if (/\.(?:png|jpe?g|webp)$/.test(name)) added.pictures.push(this.#picture(name));
      else if (/\.naiv4vibe(?:bundle)?$/.test(name)) added.vibes.push(...this.#vibes(name));
      else added.refused.push({ name, reason: "It is no picture and no vibe that Atelier can read." });
    }
    return added;
  }

  #picture(name: string): PictureInfo {
    const [, width = "832", height = "1216"] = /(\d+)x(\d+)/.exec(name) ?? [];
    const picture: PictureInfo = {
      id: `input-${name}`,
      name,
      width: Number(width),
      height: Number(height),
      format: name.endsWith(".webp") ? "webp" : name.endsWith(".png") ? "png" : "jpeg",
      bytes: 1_482_113,
      hasAlpha: false,
      hasSettings: name.includes("settings"),
    };
    this.inputs.set(picture.id, picture);
    return picture;
  }

  #vibes(name: string): VibeInfo[] {
    const stem = name.replace(/\.naiv4vibe(?:bundle)?$/, "");
    const names = name.endsWith("bundle") ? [`${stem} 1`, `${stem} 2`] : [stem];
    return names.map((one) => {
      const hasPicture = !one.includes("encoded");
      const id = hasPicture ? this.#picture(`${one}.png`).id : `vibe-${one}`;
      if (!hasPicture) this.encoded.add(id);
      return { id, name: one, hasPicture, strength: 0.5, extraction: 0.7, encodedFor: ["V4.5"] };
    });
  }

  addPicture(bytes: ArrayBuffer, name: string): Promise<Added> {
    this.called("addPicture", { name, bytes: bytes.byteLength });
    return Promise.resolve(this.addFiles([name.includes(".") ? name : `${name}.png`]));
  }

  pickFiles(pick: Pick): Promise<Added> {
    this.called("pickFiles", pick);
    const picked =
      this.picks.length > 0 ? this.addFiles(pick === "file" ? this.picks.slice(0, 1) : this.picks) : NOTHING;
    return Promise.resolve(picked);
  }

  pictureOfImage(id: string): Promise<PictureInfo> {
    const picture = { ...this.#picture(`${id}.png`), hasSettings: true };
    this.inputs.set(picture.id, picture);
    const address = this.inputUrls.get(id);
    if (address !== undefined) this.inputUrls.set(picture.id, address);
    return Promise.resolve(picture);
  }

  pictureInfo(ids: string[]): Promise<(PictureInfo | null)[]> {
    return Promise.resolve(ids.map((id) => this.inputs.get(id) ?? null));
  }

  vibeStates(request: GenerateRequest): Promise<VibeState[]> {
    const vibes = request.references?.vibes ?? [];
    const raw = request.model === "nai-diffusion-3";
    return Promise.resolve(
      vibes.map(({ image, encoded }) => {
        if (raw && encoded) {
          return {
            encoded: true,
            anlas: 0,
            problem: "V3 takes vibes as pictures; an encoded one is for other models.",
          };
        }
        const known = raw || encoded === true || this.encoded.has(image);
        return { encoded: known, anlas: known ? 0 : 2, problem: null };
      }),
    );
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

  sourceUrl(id: string, fit: Fit, { width, height }: Size, clear: boolean): string {
    return this.inputUrls.get(id) ?? `missing/${fit}-${width}-${height}${clear ? "-clear" : ""}/${id}`;
  }

  inputUrl(id: string, as: "whole" | "small" | "precise"): string {
    return this.inputUrls.get(id) ?? `missing/${as}/${id}`;
  }
}
