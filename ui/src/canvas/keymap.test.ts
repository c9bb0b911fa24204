import { describe, expect, it } from "vitest";

import { type Command, commandOf, heldBy, type Key } from "./keymap";
import { TOOL_KEYS, TOOLS } from "./tools";

/** A key as it is written beside a tool: `Ctrl+Shift+Z`. */
function key(written: string, code = ""): Key {
  const parts = written.split("+");
  const last = written === "+" ? "+" : (parts.at(-1) ?? "");
  const has = (name: string) => parts.slice(0, -1).includes(name);
  const letter = /^[A-Z]$/.test(last) && !has("Shift") ? last.toLowerCase() : last;
  return {
    key: letter,
    code,
    ctrlKey: has("Ctrl"),
    metaKey: has("Meta"),
    shiftKey: has("Shift"),
    altKey: has("Alt"),
  };
}

describe("the keys", () => {
  it.each<[string, Command]>([
    ["X", { kind: "swap" }],
    ["[", { kind: "size", up: false }],
    ["]", { kind: "size", up: true }],
    ["Shift+{", { kind: "hardness", up: false }],
    ["Shift+}", { kind: "hardness", up: true }],
    ["I", { kind: "opacity", up: false }],
    ["O", { kind: "opacity", up: true }],
    ["R", { kind: "tool", tool: "rectangle" }],
    ["Alt+Backspace", { kind: "fillAll" }],
    ["Ctrl+Backspace", { kind: "clear" }],
    ["Shift+C", { kind: "clear" }],
    ["Ctrl+I", { kind: "invert" }],
    ["Shift+V", { kind: "invert" }],
    ["Ctrl+Shift+>", { kind: "reshape", how: "grow" }],
    ["Ctrl+Shift+<", { kind: "reshape", how: "shrink" }],
    ["Shift+B", { kind: "fitBox" }],
    ["Ctrl+0", { kind: "fit" }],
    ["Ctrl+1", { kind: "actual" }],
    ["4", { kind: "turn", clockwise: false }],
    ["6", { kind: "turn", clockwise: true }],
    ["5", { kind: "mirror" }],
    ["Q", { kind: "pattern" }],
    ["+", { kind: "zoom", in: true }],
    ["-", { kind: "zoom", in: false }],
    ["Ctrl+Z", { kind: "undo" }],
    ["Meta+Z", { kind: "undo" }],
    ["Ctrl+Shift+Z", { kind: "redo" }],
    ["Ctrl+Y", { kind: "redo" }],
    ["Ctrl+Enter", { kind: "generate" }],
    ["Escape", { kind: "cancel" }],
  ])("%s", (written, command) => expect(commandOf(key(written))).toEqual(command));

  it.each(TOOLS)("of the %s are those that stand beside it", (tool) => {
    expect(commandOf(key(TOOL_KEYS[tool]))).toEqual({ kind: "tool", tool });
  });

  it("of the system stay the system's", () => {
    for (const written of ["Ctrl+C", "Ctrl+V", "Ctrl+X", "Ctrl+S", "Ctrl+Shift+ArrowLeft", "Ctrl+Shift+ArrowRight"]) {
      expect(commandOf(key(written))).toBeNull();
    }
    for (const written of ["Ctrl+Alt+Z", "Alt+F4", "Alt+B", "F5", "Tab"]) expect(commandOf(key(written))).toBeNull();
    expect(commandOf(key("Ctrl+Shift+Enter"))).toBeNull();
  });

  it("are found by their place where the keyboard writes no Latin letters", () => {
    expect(commandOf(key("и", "KeyB"))).toEqual({ kind: "tool", tool: "brush" });
    expect(commandOf(key("Ctrl+я", "KeyZ"))).toEqual({ kind: "undo" });
    expect(commandOf(key("х", "BracketLeft"))).toEqual({ kind: "size", up: false });
  });

  it("that hold only while they are down", () => {
    expect(heldBy(key(" "))).toBe("pan");
    expect(heldBy(key("`"))).toBe("original");
    expect(heldBy(key("H"))).toBe("unmasked");
    expect(heldBy(key("Ctrl+H"))).toBeNull();
    expect(heldBy(key("B"))).toBeNull();
  });
});
