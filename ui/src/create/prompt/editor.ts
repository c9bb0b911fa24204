// One text field for prompts, without Svelte: CodeMirror and what we add to it. It tells what is typed, and is told what
// to show; it knows nothing of drafts.

import { closeCompletion } from "@codemirror/autocomplete";
import { history, redo, standardKeymap, undo } from "@codemirror/commands";
import { closeSearchPanel, findNext, findPrevious, openSearchPanel } from "@codemirror/search";
import { Annotation, Compartment, EditorState, type Extension } from "@codemirror/state";
import {
  type Command,
  EditorView,
  hoverTooltip,
  keymap,
  type KeyBinding,
  placeholder,
  type Tooltip,
  tooltips,
} from "@codemirror/view";

import type { Edited, Look, PromptProblem } from "../../ipc";
import { isComposing } from "../../shared/keys";
import { adoptStyles } from "./adopt";
import { completing, COMPLETING_KEYS, type Sources } from "./completing";
import { type Rework, reworking } from "./editing";
import { finding } from "./find";
import { looks, problemsAt, setLook, shownIn } from "./look";
import { difference, normal } from "./text";

export interface Words {
  label: string;
  placeholder: string;
}

/** What the field tells. What is not given is not bound: without `undo` the field keeps a history of its own. */
export interface Ways {
  change: (text: string) => void;
  /** The text, what is said about it or where the caret is has changed. */
  moved: (view: EditorView) => void;
  nudge: (edited: Edited, up: boolean) => Promise<Edited | null>;
  toggle: (edited: Edited) => Promise<Edited>;
  fail: (thrown: unknown) => void;
  /** What is shown where the pointer rests. */
  hover: (view: EditorView, at: number) => Tooltip | null;
  /** Says a problem to those who listen. */
  say: (problem: PromptProblem) => string;
  openProblems: () => void;
  undo?: (() => void) | undefined;
  redo?: (() => void) | undefined;
  older?: (() => void) | undefined;
  newer?: (() => void) | undefined;
  submit?: (() => void) | undefined;
}

/** The change came from outside: nobody needs to be told. */
const fromOutside = Annotation.define<true>();

const wording = new Compartment();

function words({ label, placeholder: hint }: Words): Extension {
  return [EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }), placeholder(hint)];
}

/** Where layers go: the outermost region around the box. In one of its parts they would take a row of its grid. */
function region(box: HTMLElement): HTMLElement {
  let found: HTMLElement | null = null;
  for (let at: Element | null = box; at; at = at.parentElement) {
    if (at instanceof HTMLElement && at.matches("section, main")) found = at;
    if (at instanceof HTMLDialogElement) return at;
  }
  return found ?? document.body;
}

export function promptView(parent: HTMLElement, text: string, named: Words, ways: Ways, sources: Sources): EditorView {
  adoptStyles();
  return new EditorView({
    parent,
    state: EditorState.create({
      doc: normal(text),
      // Whoever comes to it by keyboard goes on where the text ends.
      selection: { anchor: normal(text).length },
      extensions: [
        wording.of(words(named)),
        looks,
        completing(sources),
        finding(),
        keys(ways),
        EditorView.lineWrapping,
        // Each line runs the way of its own script.
        EditorView.perLineTextDirection.of(true),
        tooltips({ position: "fixed", parent: region(parent) }),
        hoverTooltip((view, at) => ways.hover(view, at), { hoverTime: 600, hideOnChange: true }),
        EditorView.updateListener.of((update) => {
          const told = update.transactions.some((transaction) => transaction.annotation(fromOutside));
          if (update.docChanged && !told) ways.change(update.state.doc.toString());
          const looked = shownIn(update.state) !== shownIn(update.startState);
          if (update.docChanged || update.selectionSet || looked) ways.moved(update.view);
        }),
      ],
    }),
  });
}

/** Names in another language. */
export function reword(view: EditorView, named: Words): void {
  view.dispatch({ effects: wording.reconfigure(words(named)) });
}

/** What was decided elsewhere: the caret stays with the words it stood at, and nobody is told. */
export function bring(view: EditorView, text: string): void {
  const changes = difference(view.state.doc.toString(), normal(text));
  if (!changes) return;
  const set = view.state.changes(changes);
  view.dispatch({
    changes: set,
    selection: view.state.selection.map(set, 1),
    annotations: fromOutside.of(true),
  });
}

export function showLook(view: EditorView, look: Look): void {
  view.dispatch({ effects: setLook.of(look) });
}

/** Applies a way out of a problem. */
export function mend(view: EditorView, { edits }: PromptProblem["fixes"][number]): void {
  view.dispatch({ changes: edits, userEvent: "input.fix", scrollIntoView: true });
  view.focus();
}

/** Goes to the next problem, around the end, and says it. */
function toNextProblem(ways: Ways): Command {
  return (view) => {
    const all = shownIn(view.state).problems;
    const { to } = view.state.selection.main;
    const next = all.find(({ from }) => from >= to) ?? all[0];
    if (!next) return false;
    view.dispatch({
      selection: { anchor: next.from, head: next.to },
      effects: EditorView.announce.of(ways.say(next)),
      scrollIntoView: true,
    });
    return true;
  };
}

function told(way: (() => void) | undefined): Command {
  return () => {
    way?.();
    return way !== undefined;
  };
}

function keys(ways: Ways): Extension {
  const rework = reworking(ways.fail);
  const nudge =
    (up: boolean): Rework =>
    (asked) =>
      ways.nudge(asked, up);
  const [back, again] = ways.undo ? [told(ways.undo), told(ways.redo)] : [undo, redo];
  const bindings: readonly KeyBinding[] = [
    ...COMPLETING_KEYS,
    { key: "Mod-ArrowUp", run: rework(nudge(true), "input.nudge") },
    { key: "Mod-ArrowDown", run: rework(nudge(false), "input.nudge") },
    { key: "Mod-/", run: rework(ways.toggle, "input.toggle") },
    { key: "Alt-ArrowUp", run: told(ways.older) },
    { key: "Alt-ArrowDown", run: told(ways.newer) },
    {
      key: "Mod-Enter",
      run: (view) => {
        closeCompletion(view);
        return told(ways.submit)(view);
      },
    },
    { key: "F8", run: toNextProblem(ways) },
    {
      key: "Mod-.",
      run: (view) => {
        if (problemsAt(view.state, view.state.selection.main.head).length === 0) toNextProblem(ways)(view);
        ways.openProblems();
        return true;
      },
    },
    { key: "Mod-f", run: openSearchPanel, scope: "editor search-panel" },
    { key: "F3", run: findNext, shift: findPrevious, scope: "editor search-panel", preventDefault: true },
    { key: "Escape", run: closeSearchPanel, scope: "editor search-panel" },
    { key: "Mod-z", run: back, preventDefault: true },
    { key: "Mod-y", run: again, preventDefault: true },
    { key: "Mod-Shift-z", run: again, preventDefault: true },
    ...standardKeymap,
  ];

  // A key that an input method works with is its own: what it does in the text is the browser's business.
  let composing = false;
  const free = (command: Command | undefined) => command && ((view: EditorView) => !composing && command(view));
  const guarded = bindings.map((binding): KeyBinding => {
    const [run, shift] = [free(binding.run), free(binding.shift)];
    return { ...binding, ...(run && { run }), ...(shift && { shift }) };
  });
  return [
    EditorView.domEventObservers({ keydown: (event) => void (composing = isComposing(event)) }),
    keymap.of(guarded),
    ways.undo ? ownTimeline(ways) : history(),
  ];
}

/** The menu of the window has an Undo of its own. */
function ownTimeline(ways: Ways): Extension {
  return EditorView.domEventHandlers({
    beforeinput(event) {
      const way =
        event.inputType === "historyUndo" ? ways.undo : event.inputType === "historyRedo" ? ways.redo : undefined;
      way?.();
      return way !== undefined;
    },
  });
}
