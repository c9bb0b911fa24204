// Words: what Rust says about a prompt, as far as the page can be tried without it.

import type {
  Completion,
  Completions,
  Draw,
  Drawn,
  Edited,
  GenerateRequest,
  Look,
  PromptFile,
  PromptPlace,
  TagCategory,
  TagImport,
} from "../index";
import { MockCalls } from "./calls";
import { catalogue } from "./catalogue";
import { problemsOf, segmentAt, segmentsOf, spansOf } from "./grammar";

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

/** Tags with what they are called elsewhere, the most used first. */
const TAGS: [tag: string, count: number, category: TagCategory, aliases: string[]][] = [
  ["1girl", 6_910_000, "general", ["女の子", "한 명의 소녀", "单人女孩"]],
  ["long hair", 4_930_000, "general", ["ロングヘア", "긴 머리", "长发"]],
  ["blue eyes", 1_980_000, "general", ["青い目", "青目", "파란 눈", "蓝眼"]],
  ["blonde hair", 1_720_000, "general", ["金髪", "금발", "金发"]],
  ["blue hair", 940_000, "general", ["青髪", "파란 머리", "蓝发"]],
  ["blue sky", 312_000, "general", ["青空", "푸른 하늘", "蓝天"]],
  ["blue dress", 168_000, "general", ["青いドレス"]],
  ["sky", 610_000, "general", ["空", "하늘", "天空"]],
  ["night", 402_000, "general", ["夜", "밤", "夜晚"]],
  ["day", 390_000, "general", ["昼", "낮", "白天"]],
  ["dusk", 41_000, "general", ["夕暮れ", "황혼", "黄昏"]],
  ["rain", 132_000, "general", ["雨", "비", "雨"]],
  ["smile", 3_310_000, "general", ["笑顔", "미소", "微笑"]],
  ["simple background", 2_460_000, "general", ["単純な背景", "단순한 배경", "简单背景"]],
  ["artist:bluebird", 4_100, "artist", []],
  ["hatsune miku", 118_000, "character", ["初音ミク", "하츠네 미쿠", "初音未来"]],
  ["blue archive", 187_000, "copyright", ["ブルーアーカイブ", "블루 아카이브"]],
  ["highres", 7_400_000, "meta", ["高解像度"]],
];

/** What only the server knows. */
const ONLINE = ["blue butterfly", "blue flame", "rainbow", "nightgown", "blue eyes"];

const WILDCARDS: Record<string, string[]> = {
  "hair-colour": ["silver hair", "red hair", "black hair"],
  weather: ["rain", "snow", "clear sky", "fog"],
};

export class MockPrompts extends MockCalls {
  #snippets = new Map([["dusk-light", "dusk, low sun, long shadows, mist"]]);

  lookAtPrompt(request: GenerateRequest, place: PromptPlace): Promise<Look> {
    this.called("lookAtPrompt", place);
    const text = textAt(request, place);
    const model = catalogue.models.find(({ id }) => id === request.model);
    const limit = model?.tokenLimit ?? 512;
    const segments = segmentsOf(text).map(({ from, to }) => ({ from, to, tokens: Math.ceil((to - from) / 4) }));
    const sum = (all: { tokens: number }[]) => all.reduce((total, { tokens }) => total + tokens, 0);
    const here = sum(segments);
    const others = place.kind === "character" || place.kind === "prompt" ? this.#others(request, place) : 0;
    const cut = segments.findIndex((_, index) => sum(segments.slice(0, index + 1)) > limit);
    const problems = problemsOf(
      text,
      place.kind.startsWith("character"),
      model?.captions ?? true,
      Object.keys(WILDCARDS),
    );
    const cutFrom = cut < 0 ? null : (segments[cut]?.from ?? null);
    if (cutFrom !== null) {
      problems.push({
        from: cutFrom,
        to: text.length,
        rule: "tooManyTokens",
        severity: "error",
        subject: String(here),
        other: null,
        fixes: [],
      });
    }
    const tokens = { here, total: here + others, limit, exact: request.model.includes("-3"), cutFrom, segments };
    return Promise.resolve({ spans: spansOf(text), problems, tokens });
  }

  #others(request: GenerateRequest, place: PromptPlace): number {
    const texts = [
      place.kind === "prompt" ? "" : request.prompt.text,
      ...(request.characters ?? []).map(({ prompt }, index) =>
        place.kind === "character" && place.index === index ? "" : prompt,
      ),
    ];
    return Math.ceil(texts.join("").length / 4);
  }

  complete(request: GenerateRequest, place: PromptPlace, at: number): Promise<Completions> {
    this.called("complete", { place, at });
    const { from, typed } = this.#typed(textAt(request, place), at);
    if (typed === "") return Promise.resolve({ from: at, to: at, items: [] });
    const items: Completion[] = [];
    const offer = (insert: string, rest: Partial<Completion>) =>
      items.push({ insert, label: insert, alias: null, count: null, category: "own", kind: "tag", ...rest });
    if (typed.startsWith("__")) {
      for (const name of Object.keys(WILDCARDS))
        if (name.startsWith(typed.slice(2))) offer(`__${name}__`, { kind: "wildcard" });
    }
    for (const [name, text] of this.#snippets)
      if (name.startsWith(typed)) offer(text, { label: name, kind: "snippet" });
    if (place.kind === "character") {
      for (const way of ["source", "target", "mutual"]) {
        if (way.startsWith(typed)) offer(`${way}#`, { kind: "action", category: "general" });
      }
    }
    for (const [tag, count, category, aliases] of TAGS) {
      const alias = aliases.find((one) => one.startsWith(typed)) ?? null;
      if (tag.includes(typed) || alias !== null) offer(tag, { count, category, alias });
    }
    return Promise.resolve({ from, to: at, items });
  }

  completeOnline(request: GenerateRequest, place: PromptPlace, at: number): Promise<Completions> {
    this.called("completeOnline", { place, at });
    const { from, typed } = this.#typed(textAt(request, place), at);
    const items = (typed === "" ? [] : ONLINE.filter((tag) => tag.startsWith(typed))).map((tag): Completion => ({
      insert: tag,
      label: tag,
      alias: null,
      count: null,
      category: "general",
      kind: "tag",
    }));
    return Promise.resolve({ from, to: at, items });
  }

  #typed(text: string, at: number): { from: number; typed: string } {
    const before = /[^,\n{}[\]|:~]*$/.exec(text.slice(0, at))?.[0] ?? "";
    const typed = before.trimStart();
    return { from: at - typed.length, typed: typed.toLowerCase() };
  }

  nudgeWeight(model: string, edited: Edited, up: boolean): Promise<Edited | null> {
    this.called("nudgeWeight", { edited, up });
    const { text } = edited;
    const at = edited.from < edited.to ? edited : segmentAt(text, edited.from);
    if (!at) return Promise.resolve(null);
    const words = text.slice(at.from, at.to);
    const [, written = "1", inner = words] = /^(-?[\d.]+)::(.*?)\s?::$/.exec(words) ?? [];
    const weight = Math.round((Number(written) + (up ? 0.05 : -0.05)) * 100) / 100;
    const numbers = catalogue.models.find(({ id }) => id === model)?.captions ?? true;
    const next = numbers ? (weight === 1 ? inner : `${weight}::${inner} ::`) : up ? `{${words}}` : `[${words}]`;
    const whole = text.slice(0, at.from) + next + text.slice(at.to);
    return Promise.resolve({ text: whole, from: at.from, to: at.from + next.length });
  }

  toggleSegment(edited: Edited): Promise<Edited> {
    this.called("toggleSegment", edited);
    const at = segmentAt(edited.text, edited.from);
    if (!at) return Promise.resolve(edited);
    const words = edited.text.slice(at.from, at.to);
    const next = /^~.*~$/.test(words) ? words.slice(1, -1) : `~${words}~`;
    const text = edited.text.slice(0, at.from) + next + edited.text.slice(at.to);
    const caret = Math.min(edited.from, at.from + next.length);
    return Promise.resolve({ text, from: caret, to: caret });
  }

  drawPrompt(request: GenerateRequest): Promise<Drawn> {
    this.called("drawPrompt", request);
    const seed = request.sampling.seed ?? this.calls.length;
    const draws: Draw[] = [];
    const settle = (text: string, place: PromptPlace) =>
      text
        .replaceAll(/^#[^\n]*\n?/gm, "")
        .replaceAll(/~[^~\n]*~,? ?/g, "")
        .replaceAll(/__([\w-]+?)__|\|\|(.+?)\|\|/g, (written, name: string | undefined, group: string | undefined) => {
          const options = name === undefined ? (group ?? "").split("|") : (WILDCARDS[name] ?? [written]);
          const drawn = options[(seed + draws.length) % options.length] ?? "";
          draws.push({ place, written, drawn });
          return drawn;
        });
    const text = settle(request.prompt.text, { kind: "prompt" });
    const undesired = settle(request.prompt.undesired, { kind: "undesired" });
    const settled = { ...request, prompt: { ...request.prompt, text, undesired } };
    return Promise.resolve({ request: settled, draws, byChance: request.sampling.seed === null });
  }

  promptFiles(): Promise<PromptFile[]> {
    const wildcards = Object.entries(WILDCARDS).map(([name, lines]): PromptFile => ({
      name,
      kind: "wildcard",
      entries: lines.length,
      text: lines.join("\n"),
      problem: null,
    }));
    const snippets = [...this.#snippets].map(([name, text]): PromptFile => ({
      name,
      kind: "snippet",
      entries: 1,
      text,
      problem: null,
    }));
    const broken: PromptFile = {
      name: "poses",
      kind: "wildcard",
      entries: 0,
      text: "",
      problem: "It is not UTF-8 text.",
    };
    return Promise.resolve([...snippets, ...wildcards, broken]);
  }

  saveSnippet(name: string, text: string): Promise<PromptFile[]> {
    this.called("saveSnippet", { name, text });
    this.#snippets.set(name, text);
    return this.promptFiles();
  }

  deleteSnippet(name: string): Promise<PromptFile[]> {
    this.called("deleteSnippet", { name });
    this.#snippets.delete(name);
    return this.promptFiles();
  }

  showPromptFiles(): Promise<void> {
    this.called("showPromptFiles");
    return Promise.resolve();
  }

  importTags(): Promise<TagImport | null> {
    this.called("importTags");
    return Promise.resolve({ added: 140_312, dropped: 87 });
  }
}
