// What could stand at the caret. The local answer is shown as soon as it is here; what the server adds joins below it
// later, so that nothing moves under the eye. An input method composes in peace: nothing is asked and nothing opens
// before it is done.

import {
  acceptCompletion,
  autocompletion,
  closeCompletion,
  type Completion as Option,
  type CompletionContext,
  type CompletionResult,
  completionStatus,
  moveCompletionSelection,
  pickedCompletion,
  startCompletion,
} from "@codemirror/autocomplete";
import { EditorSelection, type Extension } from "@codemirror/state";
import { EditorView, type KeyBinding } from "@codemirror/view";

import type { Completion, Completions } from "../../ipc";

export interface Sources {
  local: (text: string, at: number) => Promise<Completions>;
  online: (text: string, at: number) => Promise<Completions>;
  /** 4100 as `4.1k`, in the language of the page. */
  count: (count: number) => string;
  listName: string;
}

interface Offered extends Option {
  offer: Completion;
}

const LISTED = 40;
/** The server is asked when somebody stops to think. */
const ONLINE_AFTER = 220;

export function completing({ local, online, count, listName }: Sources): Extension {
  /** The newest local answer, for the one from the server to leave out what is listed already. */
  let newest: Promise<Completions> = Promise.resolve({ from: 0, to: 0, items: [] });

  async function near(context: CompletionContext): Promise<CompletionResult | null> {
    if (context.view?.compositionStarted) return null;
    overtaken(context);
    newest = local(context.state.doc.toString(), context.pos);
    return resultOf(await newest, context);
  }

  async function far(context: CompletionContext): Promise<CompletionResult | null> {
    if (context.view?.compositionStarted) return null;
    overtaken(context);
    const before = newest;
    await new Promise((resolve) => setTimeout(resolve, ONLINE_AFTER));
    if (context.aborted) return null;
    try {
      const [known, found] = await Promise.all([before, online(context.state.doc.toString(), context.pos)]);
      const listed = new Set(known.items.map(({ insert }) => insert));
      return resultOf({ ...found, items: found.items.filter(({ insert }) => !listed.has(insert)) }, context);
    } catch {
      // Without a server there are the tags of this computer, and nothing to complain about.
      return null;
    }
  }

  return [
    autocompletion({
      override: [near, far],
      activateOnTypingDelay: 0,
      updateSyncTime: 0,
      interactionDelay: 0,
      maxRenderedOptions: LISTED,
      defaultKeymap: false,
      icons: false,
      tooltipClass: () => "prompt-offers",
      addToOptions: [
        { position: 20, render: (option) => dot((option as Offered).offer) },
        { position: 60, render: (option) => part("alias", (option as Offered).offer.alias) },
        {
          position: 90,
          render: (option) => {
            const { offer } = option as Offered;
            return part("count", offer.count === null ? null : count(offer.count));
          },
        },
      ],
    }),
    EditorView.domEventHandlers({
      compositionstart(_event, view) {
        queueMicrotask(() => closeCompletion(view));
      },
      compositionend(_event, view) {
        // The composed text reaches the document after this event.
        setTimeout(() => {
          if (view.hasFocus && !view.compositionStarted) startCompletion(view);
        }, 30);
      },
    }),
    // The list belongs to a text field, and is named like one.
    EditorView.updateListener.of(({ view }) => {
      if (completionStatus(view.state) === "active") {
        view.dom.ownerDocument.querySelector(".prompt-offers > ul")?.setAttribute("aria-label", listName);
      }
    }),
  ];
}

/** Tab or Enter accept, Escape closes the list and nothing else. */
export const COMPLETING_KEYS: readonly KeyBinding[] = [
  { key: "Ctrl-Space", run: startCompletion },
  { key: "Escape", run: closeCompletion },
  { key: "ArrowDown", run: moveCompletionSelection(true) },
  { key: "ArrowUp", run: moveCompletionSelection(false) },
  { key: "PageDown", run: moveCompletionSelection(true, "page") },
  { key: "PageUp", run: moveCompletionSelection(false, "page") },
  { key: "Enter", run: acceptCompletion },
  { key: "Tab", run: acceptCompletion },
];

/** The next keystroke is another question, whether this one has been answered or not. */
function overtaken(context: CompletionContext): void {
  context.addEventListener("abort", () => undefined, { onDocChange: true });
}

function resultOf({ from, to, items }: Completions, { pos, state }: CompletionContext): CompletionResult | null {
  if (items.length === 0 || from > pos || to < pos || to > state.doc.length) return null;
  const typed = state.sliceDoc(from, pos).toLowerCase();
  const options = items.map((offer): Offered => ({
    label: offer.label,
    offer,
    apply: (view, option) => accept(view, option, offer, from, to),
  }));
  return { from, to, options, filter: false, getMatch: ({ label }) => matchIn(label, typed) };
}

function matchIn(label: string, typed: string): readonly number[] {
  const at = typed === "" ? -1 : label.toLowerCase().indexOf(typed);
  return at < 0 ? [] : [at, at + typed.length];
}

/** What follows a tag that is not the end of it. */
const GOES_ON = /^[ \t]*(?:[,}\]|~]|-?[\d.]*::)/;

/** Puts an offer in place of what was typed, with the comma after it that a person would type next. */
export function accepted(
  before: string,
  after: string,
  offer: Pick<Completion, "insert" | "kind">,
): { insert: string; skip: number } {
  const glued = offer.kind === "action" || /[,:#\s]$/.test(offer.insert);
  const inBars = (before.split("||").length - 1) % 2 === 1;
  if (glued || inBars) return { insert: offer.insert, skip: 0 };
  const comma = /^[ \t]*, ?/.exec(after);
  if (comma) return { insert: offer.insert, skip: comma[0].length };
  return { insert: GOES_ON.test(after) ? offer.insert : `${offer.insert}, `, skip: 0 };
}

function accept(view: EditorView, option: Option, offer: Completion, from: number, to: number): void {
  const { doc } = view.state;
  const line = doc.lineAt(from);
  const after = doc.sliceString(to, doc.lineAt(to).to);
  const { insert, skip } = accepted(doc.sliceString(line.from, from), after, offer);
  view.dispatch({
    changes: { from, to, insert },
    selection: EditorSelection.cursor(from + insert.length + skip),
    annotations: pickedCompletion.of(option),
    userEvent: "input.complete",
    scrollIntoView: true,
  });
}

function dot({ category, kind }: Completion): HTMLElement {
  const element = document.createElement("span");
  element.className = `dot ${kind === "tag" ? category : kind}`;
  return element;
}

function part(name: string, text: string | null): HTMLElement | null {
  if (text === null) return null;
  const element = document.createElement("span");
  element.className = name;
  element.textContent = text;
  return element;
}
