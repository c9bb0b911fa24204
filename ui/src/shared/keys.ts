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

/** Whether this keyboard writes ⌘ for commands. */
export function hasCommandKey(platform = navigator.platform): boolean {
  return platform.startsWith("Mac");
}
