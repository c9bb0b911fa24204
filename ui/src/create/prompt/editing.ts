// Changes that Rust works out: a weight one step up or down, a segment switched off or on. Asked for one after the other,
// so that a key held down is heard as often as it repeats; what was typed in the meantime wins over the answer.

import type { Command, EditorView } from "@codemirror/view";

import type { Edited } from "../../ipc";
import { difference } from "./text";

export type Rework = (edited: Edited) => Promise<Edited | null>;

export function edited({ state }: EditorView): Edited {
  const { from, to } = state.selection.main;
  return { text: state.doc.toString(), from, to };
}

/** Turns the text into another one by the smallest change, with the given selection. */
export function becomes(view: EditorView, next: Edited, userEvent: string): void {
  const changes = difference(view.state.doc.toString(), next.text);
  view.dispatch({
    ...(changes && { changes }),
    selection: { anchor: next.from, head: next.to },
    userEvent,
    scrollIntoView: true,
  });
}

/** Commands that share one line to stand in. */
export function reworking(fail: (thrown: unknown) => void): (rework: Rework, userEvent: string) => Command {
  let line: Promise<void> = Promise.resolve();

  async function run(view: EditorView, rework: Rework, userEvent: string): Promise<void> {
    const asked = edited(view);
    try {
      const next = await rework(asked);
      if (next && view.state.doc.toString() === asked.text) becomes(view, next, userEvent);
    } catch (thrown) {
      fail(thrown);
    }
  }

  return (rework, userEvent) => (view) => {
    line = line.then(() => run(view, rework, userEvent));
    return true;
  };
}
