// Prompts in tests. happy-dom has neither a layout nor an editable page: what is typed goes through CodeMirror as it
// would from the keyboard, and real keystrokes are the Chromium lane's business.

import { EditorView } from "@codemirror/view";
import { screen } from "@testing-library/svelte";

/** The editor of this name. */
export function promptView(name = "Prompt"): EditorView {
  const view = EditorView.findFromDOM(screen.getByRole("textbox", { name }));
  if (!view) throw new Error(`“${name}” is no prompt editor`);
  return view;
}

/** What stands in it. */
export function written(name = "Prompt"): string {
  return promptView(name).state.doc.toString();
}

/** Types where the caret is, letter by letter. */
export function type(text: string, name = "Prompt"): void {
  const view = promptView(name);
  for (const letter of text) view.dispatch(view.state.replaceSelection(letter), { userEvent: "input.type" });
}

/** Puts a text in place of all that stands there, as pasting over it does. */
export function fill(text: string, name = "Prompt"): void {
  const view = promptView(name);
  view.dispatch({
    changes: { from: 0, to: view.state.doc.length, insert: text },
    selection: { anchor: text.length },
    userEvent: "input.paste",
  });
}

/** The caret, or what is selected. */
export function select(from: number, to = from, name = "Prompt"): void {
  promptView(name).dispatch({ selection: { anchor: from, head: to } });
}
