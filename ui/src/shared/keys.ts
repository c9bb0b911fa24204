/** Whether a key belongs to an input method that is composing text: then it means nothing to us. */
export function isComposing(event: KeyboardEvent): boolean {
  // WebKit ends the composition before it sends the Enter that ended it; 229 is what is left to see.
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- nothing else tells it
  return event.isComposing || event.keyCode === 229;
}

/** Ctrl, or ⌘ where the keyboard has it, and no other modifier. */
export function isCommand(event: KeyboardEvent): boolean {
  return (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
}

/** Whether a key asks to undo or to redo what is not text: in a field of plain text both are the field's own. */
export function timeTravel(event: KeyboardEvent): "undo" | "redo" | null {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || isText(event.target)) return null;
  const key = event.key.toLowerCase();
  if (key === "z") return event.shiftKey ? "redo" : "undo";
  return key === "y" && !event.shiftKey ? "redo" : null;
}

const NO_TEXT = new Set(["range", "checkbox", "radio", "button", "color", "file", "submit", "reset"]);

/** Whether a key is a letter that means something by itself: no modifier, and nobody is typing. */
export function isPlain(event: KeyboardEvent, letter: string): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || isText(event.target)) return false;
  return event.key.toLowerCase() === letter;
}

function isText(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !NO_TEXT.has(target.type);
  return target instanceof HTMLTextAreaElement || target.isContentEditable;
}

/** Whether this keyboard writes ⌘ for commands. */
export function hasCommandKey(platform = navigator.platform): boolean {
  return platform.startsWith("Mac");
}
