// Who acts on whom: `source#hug` in one box and `target#hug` in another, or `mutual#` in several (api.md 9). Only for the
// eye: what is sent is what is written.

export interface Action {
  side: "source" | "target" | "mutual";
  deed: string;
}

const ACTION = /\b(source|target|mutual)#\s*([^\s,|{}[\]:][^,|{}[\]:\n]*)/giu;

export function actionsIn(prompt: string): Action[] {
  return [...prompt.matchAll(ACTION)].map(([, side = "", deed = ""]) => ({
    side: side.toLowerCase() as Action["side"],
    deed: deed.trim(),
  }));
}

/** The others that a character's action meets, by their places in the list; itself is not among them. */
export function partners(action: Action, self: number, prompts: readonly string[]): number[] {
  const side = { source: "target", target: "source", mutual: "mutual" } as const;
  const deed = action.deed.toLowerCase();
  return prompts.flatMap((prompt, index) => {
    const meets = (other: Action) => other.side === side[action.side] && other.deed.toLowerCase() === deed;
    return index !== self && actionsIn(prompt).some(meets) ? [index] : [];
  });
}
