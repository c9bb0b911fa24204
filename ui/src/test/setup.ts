// What happy-dom does not have, as far as the page needs it.

import "@testing-library/jest-dom/vitest";

import { cleanup, configure } from "@testing-library/svelte";
import { afterEach } from "vitest";

// Conditions are waited for, however busy the machine is.
configure({ asyncUtilTimeout: 20_000 });

/** A popover that is shown or not; there is no top layer to see. */
function toggle(this: HTMLElement, newState: "open" | "closed"): void {
  this.dataset["popover"] = newState;
  for (const name of ["beforetoggle", "toggle"]) this.dispatchEvent(Object.assign(new Event(name), { newState }));
}

HTMLElement.prototype.showPopover = function () {
  toggle.call(this, "open");
};
HTMLElement.prototype.hidePopover = function () {
  toggle.call(this, "closed");
};

// Browsers tell of a selection once the script that moved it is done, and only if it is elsewhere than it was; happy-dom in
// the midst of the script, where the editor is not ready to hear of it.
const dispatch = document.dispatchEvent.bind(document);
const selected = () => {
  const { anchorNode, anchorOffset, focusNode, focusOffset } = document.getSelection() ?? {};
  return [anchorNode, anchorOffset, focusNode, focusOffset];
};
let told = selected();
let telling = false;
document.dispatchEvent = (event) => {
  if (event.type !== "selectionchange") return dispatch(event);
  if (telling) return true;
  telling = true;
  setTimeout(() => {
    telling = false;
    const now = selected();
    if (now.every((part, at) => part === told[at])) return;
    told = now;
    dispatch(event);
  });
  return true;
};

// What index.html says.
document.title = "Atelier";
document.documentElement.lang = "en";

afterEach(() => {
  cleanup();
  localStorage.clear();
  delete document.documentElement.dataset["theme"];
});
