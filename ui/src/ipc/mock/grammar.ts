// As much of a prompt's grammar as is needed to try the editor without Rust: weights, marks, comments, chance.

import type { Edit, PromptProblem, Span, SpanKind } from "../index";

interface Segment {
  from: number;
  to: number;
}

const NUMBER = /^-?\d*\.?\d*::/;

export function spansOf(text: string): Span[] {
  const spans: Span[] = [];
  let [level, base, bars] = [0, 1, false];
  const weight = () => base * 1.05 ** level;
  let at = 0;

  function take(length: number, kind: SpanKind): void {
    const last = spans.at(-1);
    const strong = kind === "text" ? Math.round(weight() * 1000) / 1000 : 1;
    if (last?.to === at && last.kind === kind && last.weight === strong) last.to = at + length;
    else spans.push({ from: at, to: at + length, kind, weight: strong });
    at += length;
  }

  while (at < text.length) {
    const rest = text.slice(at);
    const found = (pattern: RegExp) => pattern.exec(rest)?.[0].length ?? 0;
    const lineStart = at === 0 || text[at - 1] === "\n";
    const comment = lineStart ? found(/^#[^\n]*/) : 0;
    const lettering = lineStart || /[.,]\s*$/.test(text.slice(0, at)) ? found(/^text:[\s\S]*/i) : 0;
    const [off, wildcard, action] = [
      found(/^~[^~\n]*~/),
      found(/^__[^_\s,]+(?:_[^_\s,]+)*__/),
      found(/^(?:source|target|mutual)#/),
    ];
    const number = found(NUMBER);
    if (comment) take(comment, "comment");
    else if (lettering) take(lettering, "textBlock");
    else if (off) take(off, "off");
    else if (wildcard) take(wildcard, "wildcard");
    else if (action) take(action, "action");
    else if (rest.startsWith("||")) {
      bars = !bars;
      take(2, "randomizer");
    } else if (bars && rest.startsWith("|")) take(1, "randomizer");
    else if (number) {
      const value = rest.slice(0, number - 2);
      [base, level] = [value === "" ? 1 : Number(value), 0];
      take(number, "mark");
    } else if (/^[{}[\]]/.test(rest)) {
      level += rest.startsWith("{") || rest.startsWith("]") ? 1 : -1;
      take(1, "mark");
    } else take(1, "text");
  }
  return spans;
}

export function segmentsOf(text: string): Segment[] {
  const found: Segment[] = [];
  for (const { index, 0: written } of text.matchAll(/[^,\n]+/g)) {
    const from = index + (/^\s*/.exec(written)?.[0].length ?? 0);
    const to = from + written.trim().length;
    if (to > from) found.push({ from, to });
  }
  return found;
}

export function segmentAt(text: string, at: number): Segment | null {
  return segmentsOf(text).find(({ from, to }) => from <= at && at <= to) ?? null;
}

const remove = (from: number, to: number): Edit => ({ from, to, insert: "" });

export function problemsOf(text: string, character: boolean, numbers: boolean, wildcards: string[]): PromptProblem[] {
  const problems: PromptProblem[] = [];
  const say = (problem: Omit<PromptProblem, "other" | "fixes"> & Partial<PromptProblem>) =>
    problems.push({ other: null, fixes: [], ...problem });
  const seen = new Map<string, Segment>();
  const tag = (segment: Segment) =>
    text
      .slice(segment.from, segment.to)
      .replaceAll(/[{}[\]]|-?[\d.]*::/g, "")
      .trim()
      .toLowerCase();

  for (const segment of segmentsOf(text)) {
    const [subject, whole] = [tag(segment), { from: segment.from, to: segment.to }];
    if (subject === "" || /^[#~]/.test(text.slice(segment.from))) continue;
    if (seen.has(subject)) {
      const before = /,\s*$/.exec(text.slice(0, segment.from))?.[0].length ?? 0;
      const edits = [remove(segment.from - before, segment.to)];
      say({ ...whole, rule: "duplicate", severity: "hint", subject, fixes: [{ kind: "remove", edits }] });
    }
    seen.set(subject, segment);
    if (character && /^\d\+?(?:girl|boy)s?$/.test(subject)) {
      say({
        ...whole,
        rule: "countInCharacter",
        severity: "warning",
        subject,
        fixes: [{ kind: "remove", edits: [remove(segment.from, segment.to)] }],
      });
    }
  }
  const night = seen.get("night");
  if (seen.has("day") && night) {
    say({ ...night, rule: "contradiction", severity: "warning", subject: "night", other: "day" });
  }
  for (const { index, 0: written, 1: words = "", 2: weight = "" } of text.matchAll(/\(([^():]+):([\d.]+)\)/g)) {
    const [from, to] = [index, index + written.length];
    const edits = [{ from, to, insert: numbers ? `${weight}::${words} ::` : `{${words}}` }];
    say({
      from,
      to,
      rule: "parenthesesNotRead",
      severity: "warning",
      subject: written,
      fixes: [{ kind: "convert", edits }],
    });
  }
  if (!numbers) {
    for (const { index, 0: written, 1: words = "" } of text.matchAll(/-?[\d.]+::([^:]*)::/g)) {
      const [from, to] = [index, index + written.length];
      const edits = [{ from, to, insert: `{${words.trim()}}` }];
      say({
        from,
        to,
        rule: "numbersNotRead",
        severity: "warning",
        subject: written,
        fixes: [{ kind: "convert", edits }],
      });
    }
  }
  const opened = text.split("{").length - text.split("}").length;
  const brace = text.indexOf("{");
  if (opened > 0) {
    const edits = [{ from: text.length, to: text.length, insert: "}".repeat(opened) }];
    say({
      from: brace,
      to: brace + 1,
      rule: "unbalanced",
      severity: "warning",
      subject: "{",
      fixes: [{ kind: "close", edits }],
    });
  }
  for (const { index, 0: written, 1: name = "" } of text.matchAll(/__([^_\s,]+(?:_[^_\s,]+)*)__/g)) {
    if (wildcards.includes(name)) continue;
    say({ from: index, to: index + written.length, rule: "unknownWildcard", severity: "error", subject: name });
  }
  return problems;
}
