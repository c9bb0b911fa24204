// CodeMirror's own styles, without a <style> element: the policy of the window forbids one. They are the same rules, in
// sheets that the document adopts, which is no markup and so is allowed.
//
// style-mod does this by itself in a shadow root, but not in a document. `mount` is its only way in.

import { StyleModule } from "style-mod";

const sheets = new Map<StyleModule, CSSStyleSheet>();

function sheetOf(module: StyleModule): CSSStyleSheet {
  const known = sheets.get(module);
  if (known) return known;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(module.getRules());
  sheets.set(module, sheet);
  return sheet;
}

/** Later modules outrank earlier ones, as style-mod promises. */
function mount(
  root: Document | ShadowRoot | DocumentOrShadowRoot,
  modules: StyleModule | readonly StyleModule[],
): void {
  const asked = (Array.isArray(modules) ? modules : [modules]) as readonly StyleModule[];
  const adopted = root.adoptedStyleSheets;
  if (asked.every((module) => adopted.includes(sheetOf(module)))) return;
  const ours = asked.map(sheetOf);
  root.adoptedStyleSheets = [...ours, ...adopted.filter((sheet) => !ours.includes(sheet))];
}

/** To be called before the first editor is built. */
export function adoptStyles(): void {
  StyleModule.mount = mount;
}
