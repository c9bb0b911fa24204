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

// What index.html says.
document.title = "Atelier";
document.documentElement.lang = "en";

afterEach(() => {
  cleanup();
  localStorage.clear();
  delete document.documentElement.dataset["theme"];
});
