// What Rust says about a text, as the editor shows it. Between two answers the marks move along with the text, so that
// nothing flickers while somebody types.

import { type ChangeDesc, type EditorState, type Extension, StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView } from "@codemirror/view";

import type { Look, PromptProblem, Span } from "../../ipc";

export interface Shown {
  decorations: DecorationSet;
  problems: readonly PromptProblem[];
  look: Look;
}

export const NOTHING: Look = {
  spans: [],
  problems: [],
  tokens: { here: 0, total: 0, limit: 0, exact: false, cutFrom: null, segments: [] },
};

export const setLook = StateEffect.define<Look>();

/** Colours go by steps, so that neighbouring weights can be told apart. */
export function weightClass(weight: number): string {
  if (weight < 0) return "w-against";
  const away = weight >= 1 ? weight - 1 : 1 / Math.max(weight, 0.01) - 1;
  if (away < 0.02) return "w-plain";
  const step = away < 0.12 ? 1 : away < 0.27 ? 2 : away < 0.6 ? 3 : 4;
  return weight > 1 ? `w-up-${step}` : `w-down-${step}`;
}

function classOf({ kind, weight }: Span): string {
  switch (kind) {
    case "text":
      return weightClass(weight);
    case "mark":
    case "comment":
    case "off":
    case "textBlock":
    case "randomizer":
    case "wildcard":
    case "action":
      return `s-${kind}`;
  }
}

/** Words go on growing while their weight is asked for; marks don't. */
const grows = ({ kind }: Span) => kind === "text" || kind === "comment" || kind === "off" || kind === "textBlock";

function decorate(look: Look, length: number): DecorationSet {
  const within = ({ from, to }: { from: number; to: number }) => from >= 0 && from < to && to <= length;
  const marks = look.spans
    .filter(within)
    .map((span) => Decoration.mark({ class: classOf(span), inclusive: grows(span) }).range(span.from, span.to));
  const { cutFrom } = look.tokens;
  if (cutFrom !== null && cutFrom < length) {
    marks.push(Decoration.mark({ class: "s-cut", inclusiveEnd: true }).range(cutFrom, length));
  }
  for (const problem of look.problems.filter(within)) {
    marks.push(Decoration.mark({ class: `p-${problem.severity}` }).range(problem.from, problem.to));
  }
  return Decoration.set(marks, true);
}

function shown(look: Look, length: number): Shown {
  const problems = [...look.problems].sort((a, b) => a.from - b.from);
  return { look, problems, decorations: decorate(look, length) };
}

/** A problem, its edits included, where it stands after a change; null if its words are gone. */
function moved(problem: PromptProblem, changes: ChangeDesc): PromptProblem | null {
  const [from, to] = [changes.mapPos(problem.from, 1), changes.mapPos(problem.to, -1)];
  if (from >= to && problem.from < problem.to) return null;
  const fixes = problem.fixes.map((fix) => ({
    ...fix,
    edits: fix.edits.map((edit) => ({
      ...edit,
      from: changes.mapPos(edit.from, 1),
      to: Math.max(changes.mapPos(edit.from, 1), changes.mapPos(edit.to, -1)),
    })),
  }));
  return { ...problem, from, to, fixes };
}

const field = StateField.define<Shown>({
  create: ({ doc }) => shown(NOTHING, doc.length),
  update(value, { changes, docChanged, effects, state }) {
    for (const effect of effects) if (effect.is(setLook)) return shown(effect.value, state.doc.length);
    if (!docChanged) return value;
    return {
      look: value.look,
      decorations: value.decorations.map(changes),
      problems: value.problems.flatMap((problem) => moved(problem, changes) ?? []),
    };
  },
  provide: (from) => EditorView.decorations.from(from, (value) => value.decorations),
});

export const looks: Extension = field;

export function shownIn(state: EditorState): Shown {
  return state.field(field);
}

/** The problems at a position, the worst first. */
export function problemsAt(state: EditorState, at: number): PromptProblem[] {
  const order = { error: 0, warning: 1, hint: 2 };
  return shownIn(state)
    .problems.filter(({ from, to }) => from <= at && at <= to)
    .sort((a, b) => order[a.severity] - order[b.severity]);
}
