// Keys of the painter: which key means which command. Letters are what the keyboard writes; where it writes no Latin
// letters, they are where a Latin keyboard has them.

import type { Tool } from "./tools";

export type Command =
  | { kind: "tool"; tool: Tool }
  | { kind: "swap" }
  | { kind: "size" | "hardness" | "opacity"; up: boolean }
  | { kind: "fillAll" | "clear" | "everything" | "invert" | "pattern" }
  | { kind: "reshape"; how: "grow" | "shrink" }
  | { kind: "fitBox" }
  | { kind: "fit" | "actual" | "mirror" }
  | { kind: "zoom"; in: boolean }
  | { kind: "turn"; clockwise: boolean }
  | { kind: "undo" | "redo" }
  | { kind: "generate" | "cancel" };

/** What holds only while its key is down. */
export type Held = "pan" | "original" | "unmasked";

/** What is read of a `KeyboardEvent`. */
export interface Key {
  readonly key: string;
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
}

function letterOf({ key, code }: Key): string {
  if (/^[a-z]$/i.test(key)) return key.toLowerCase();
  return /^Key[A-Z]$/.test(code) ? code.slice(3).toLowerCase() : key;
}

const PLAIN: Record<string, Command> = {
  b: { kind: "tool", tool: "brush" },
  e: { kind: "tool", tool: "eraser" },
  l: { kind: "tool", tool: "lasso" },
  m: { kind: "tool", tool: "rectangle" },
  r: { kind: "tool", tool: "rectangle" },
  k: { kind: "tool", tool: "bucket" },
  w: { kind: "tool", tool: "wand" },
  s: { kind: "tool", tool: "focus" },
  x: { kind: "swap" },
  q: { kind: "pattern" },
  i: { kind: "opacity", up: false },
  o: { kind: "opacity", up: true },
};

const SHIFTED: Record<string, Command> = {
  l: { kind: "tool", tool: "polygon" },
  m: { kind: "tool", tool: "ellipse" },
  s: { kind: "tool", tool: "edges" },
  c: { kind: "clear" },
  v: { kind: "invert" },
  b: { kind: "fitBox" },
};

const WITH_CONTROL: Record<string, Command> = {
  z: { kind: "undo" },
  y: { kind: "redo" },
  i: { kind: "invert" },
  a: { kind: "everything" },
};

/** Keys that are known by their place, because layouts write different things there. */
function byPlace({ key, code, shiftKey }: Key): Command | null {
  const is = (character: string, shifted: string, place: string) =>
    key === character || key === shifted || (code === place && !/^[a-z0-9]$/i.test(key));
  if (is("[", "{", "BracketLeft")) return { kind: shiftKey ? "hardness" : "size", up: false };
  if (is("]", "}", "BracketRight")) return { kind: shiftKey ? "hardness" : "size", up: true };
  if (key === "+" || key === "=") return { kind: "zoom", in: true };
  if (key === "-") return { kind: "zoom", in: false };
  if (shiftKey) return null;
  if (key === "4") return { kind: "turn", clockwise: false };
  if (key === "6") return { kind: "turn", clockwise: true };
  return key === "5" ? { kind: "mirror" } : null;
}

function withControl(event: Key): Command | null {
  const { key, code, shiftKey } = event;
  if (key === "Enter") return shiftKey ? null : { kind: "generate" };
  if (key === "Backspace") return shiftKey ? null : { kind: "clear" };
  if (shiftKey) {
    if (letterOf(event) === "z") return { kind: "redo" };
    if (code === "Period" || key === ">" || key === ".") return { kind: "reshape", how: "grow" };
    return code === "Comma" || key === "<" || key === "," ? { kind: "reshape", how: "shrink" } : null;
  }
  if (key === "0" || code === "Digit0" || code === "Numpad0") return { kind: "fit" };
  if (key === "1" || code === "Digit1" || code === "Numpad1") return { kind: "actual" };
  return WITH_CONTROL[letterOf(event)] ?? null;
}

export function commandOf(event: Key): Command | null {
  const control = event.ctrlKey || event.metaKey;
  if (control && event.altKey) return null;
  if (event.altKey) return event.key === "Backspace" && !event.shiftKey ? { kind: "fillAll" } : null;
  if (control) return withControl(event);
  if (event.key === "Escape") return { kind: "cancel" };
  return byPlace(event) ?? (event.shiftKey ? SHIFTED : PLAIN)[letterOf(event)] ?? null;
}

export function heldBy(event: Key): Held | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  if (event.key === " ") return "pan";
  if (event.key === "`" || event.code === "Backquote") return "original";
  return letterOf(event) === "h" && !event.shiftKey ? "unmasked" : null;
}
