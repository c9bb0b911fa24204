// Find and replace: CodeMirror's search behind a panel of our own.

import { search } from "@codemirror/search";
import type { Extension } from "@codemirror/state";
import { mount, unmount } from "svelte";

import FindPanel from "./FindPanel.svelte";

export function finding(): Extension {
  return search({
    top: true,
    literal: true,
    createPanel(view) {
      const dom = document.createElement("div");
      const panel = mount(FindPanel, { target: dom, props: { view } });
      return {
        dom,
        top: true,
        mount: () => dom.querySelector("input")?.select(),
        destroy: () => void unmount(panel),
      };
    },
  });
}
