// What is done to finished pictures: what it costs, the chains that are kept, the ways that are compared. The real rules
// live in the Rust crates; these are near enough for the page.

import type { Account, ChainEstimate, ChainPicture, Job, PictureInfo, Rect, SavedChain } from "../index";
import {
  type Answer,
  IpcError,
  type Question,
  type Size,
  type Step,
  type ComparedWay,
  type Comparison,
} from "../index";
import { MockInputs } from "./inputs";
import { ALONE } from "./queue";
import { TOOLS } from "./tool-facts";

const OPUS_AREA = 1_048_576;
const MOST_LOCAL = 100_000_000;
const UPSCALE_STEPS = [1_048_576, 1_747_627, 2_446_678];

const area = ({ width, height }: Size) => width * height;

function augmented(size: Size): Size {
  const larger = Math.sqrt(Math.max(1, 1_011_712 / area(size)));
  const side = (length: number) => Math.round((length * larger) / 64) * 64;
  return larger > 1 ? { width: side(size.width), height: side(size.height) } : size;
}

/** What a step makes of a picture of this size; a text: why it can't. */
function taken(step: Step, size: Size, account: Account | null): { size: Size; anlas: number } | string {
  switch (step.kind) {
    case "upscale": {
      if (area(size) > TOOLS.upscale.maxArea) {
        return `NovelAI enlarges pictures of up to 3.1 MP, and this one has ${(area(size) / 1e6).toFixed(1)} MP by then.`;
      }
      const anlas = 1 + UPSCALE_STEPS.filter((most) => area(size) > most).length;
      return { size: { width: size.width * step.scale, height: size.height * step.scale }, anlas };
    }
    case "enlarge": {
      const larger = { width: size.width * step.scale, height: size.height * step.scale };
      return area(larger) > MOST_LOCAL ? "The result would have more than 100 MP." : { size: larger, anlas: 0 };
    }
    case "augment": {
      const sent = augmented(size);
      const base = Math.ceil(area(sent) * (2.951823174884865e-6 + 28 * 5.753298233447344e-7));
      const opus = account?.active === true && account.tier === "opus" && area(size) <= OPUS_AREA;
      if (step.tool.kind === "removeBackground") return { size: sent, anlas: 3 * base + 5 };
      return { size: sent, anlas: opus ? 0 : base };
    }
    case "annotate":
      return { size, anlas: 0 };
  }
}

function onePicture(steps: readonly Step[], { id, width, height }: PictureInfo, account: Account | null): ChainPicture {
  const made: ChainPicture = { image: id, anlas: 0, steps: [], refused: null };
  let size: Size = { width, height };
  for (const step of steps) {
    const next = taken(step, size, account);
    if (typeof next === "string") return { ...made, anlas: 0, refused: next };
    size = next.size;
    made.anlas += next.anlas;
    made.steps.push(next);
  }
  return made;
}

/** What a job of a step is called, and what it works on. */
function workOf(step: Step, image: string): Job["work"] {
  return { ...step, image };
}

const LABELS = [
  ["no_humans", 0.9812],
  ["scenery", 0.9437],
  ["dusk", 0.8715],
  ["mountainous_horizon", 0.6642],
  ["fog", 0.4108],
  ["gradient_sky", 0.2274],
] as const;

export function answerTo(question: Question): Answer {
  switch (question.kind) {
    case "classify": {
      const labels = LABELS.map(([label, score]) => ({ label, score }));
      return { kind: "labels", labels, raw: JSON.stringify({ output: labels }, null, 2) };
    }
    case "writePrompt": {
      const text = `${question.prompt.trim()}, low sun between layered hills, mist in the valley, warm rim light, quiet`;
      return { kind: "text", text, raw: JSON.stringify({ output: text, tokens: 24 }, null, 2) };
    }
  }
}

export function isLocal({ work }: Job): boolean {
  return work.kind === "enlarge";
}

export class MockTools extends MockInputs {
  chains: SavedChain[] = [];
  /** Paints what a step or a way makes of a picture; tests have no canvas. */
  rework: ((url: string, how: Step | ComparedWay, size: Size, crop: Rect | null) => Promise<string[]>) | null = null;
  #ways = 0;
  #wayUrls = new Map<string, string>();
  protected answers = new Map<string, Answer>();
  /** What the pictures of jobs will be like. */
  protected sizes = new Map<string, Size>();

  toolChains(): Promise<SavedChain[]> {
    return Promise.resolve(this.chains);
  }

  saveToolChain(chain: SavedChain): Promise<SavedChain[]> {
    this.called("saveToolChain", chain);
    this.chains = [...this.chains.filter(({ name }) => name !== chain.name), chain];
    return this.toolChains();
  }

  deleteToolChain(name: string): Promise<SavedChain[]> {
    this.called("deleteToolChain", { name });
    this.chains = this.chains.filter((chain) => chain.name !== name);
    return this.toolChains();
  }

  protected priceChain(steps: readonly Step[], images: readonly string[], account: Account | null): ChainEstimate {
    if (steps.length === 0) throw new IpcError({ code: "refused", message: "There is no step.", detail: "steps" });
    const pictures = images.map((id): ChainPicture => {
      const picture = this.inputs.get(id);
      if (!picture) return { image: id, anlas: 0, steps: [], refused: "Its file is gone." };
      return onePicture(steps, picture, account);
    });
    return { anlas: pictures.reduce((sum, { anlas }) => sum + anlas, 0), pictures };
  }

  /** The jobs of a click, picture by picture. */
  protected jobsOf(id: string, steps: readonly Step[], estimate: ChainEstimate, server: string): Job[] {
    return estimate.pictures.flatMap(({ image, steps: made }, index) =>
      steps.map((step, at): Job => {
        const job = `${id}-${index}-${at}`;
        const size = made[at]?.size;
        if (size) this.sizes.set(job, size);
        return {
          id: job,
          work: workOf(step, image),
          server,
          anlas: made[at]?.anlas ?? 0,
          created: Date.now(),
          state: { kind: "queued", retryAt: null },
          ...ALONE,
          chain: {
            id: `${id}-${index}`,
            step: at,
            steps: steps.length,
            after: at > 0 ? `${id}-${index}-${at - 1}` : null,
          },
        };
      }),
    );
  }

  jobAnswer(id: string): Promise<Answer> {
    const answer = this.answers.get(id);
    if (answer) return Promise.resolve(answer);
    return Promise.reject(new IpcError({ code: "notFound", message: "There is no answer.", detail: null }));
  }

  async compareWays(image: string, crop: Rect, scale: number, noise: number | null): Promise<Comparison> {
    this.called("compareWays", { image, crop, scale, noise });
    const id = ++this.#ways;
    const ways: ComparedWay[] = ["waifu2x", "lanczos", "nearest"];
    const size = { width: crop.width * scale, height: crop.height * scale };
    for (const way of ways) {
      const [url] = (await this.rework?.(this.inputUrl(image, "whole"), way, size, crop)) ?? [];
      if (url !== undefined) this.#wayUrls.set(`${id}/${way}`, url);
    }
    return { id, ways };
  }

  wayUrl(ways: number, way: ComparedWay): string {
    return this.#wayUrls.get(`${ways}/${way}`) ?? `missing/ways/${ways}/${way}`;
  }
}
