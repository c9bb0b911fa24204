// Plain values that are never changed in place: what two of them have in common, and where they differ.

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** `next`, with every part that equals the one of `old` replaced by it: what has not changed stays the same object, so
 *  that nothing is drawn anew because of it. Everything new is frozen. */
export function shared<T>(old: unknown, next: T): T {
  if (Object.is(old, next) || !isObject(next)) return next;
  const before = isObject(old) && Array.isArray(old) === Array.isArray(next) ? (old as Record<string, unknown>) : {};
  const entries = Object.entries(next as Record<string, unknown>);
  let same = isObject(old) && Object.keys(before).length === entries.length;
  const result: Record<string, unknown> = Array.isArray(next) ? ([] as unknown as Record<string, unknown>) : {};
  for (const [key, value] of entries) {
    result[key] = shared(before[key], value);
    same &&= Object.hasOwn(before, key) && Object.is(result[key], before[key]);
  }
  return (same ? old : Object.freeze(result)) as T;
}

/** The one text that differs between two values, if it is the only thing that does. */
export function changedText(old: unknown, next: unknown): { from: string; to: string } | null {
  const found: { from: string; to: string }[] = [];
  return onlyTexts(old, next, found) && found.length === 1 ? (found[0] ?? null) : null;
}

function onlyTexts(old: unknown, next: unknown, found: { from: string; to: string }[]): boolean {
  if (Object.is(old, next)) return true;
  if (typeof old === "string" && typeof next === "string") {
    found.push({ from: old, to: next });
    return true;
  }
  if (!isObject(old) || !isObject(next) || Array.isArray(old) !== Array.isArray(next)) return false;
  const [before, after] = [old as Record<string, unknown>, next as Record<string, unknown>];
  const keys = Object.keys(after);
  return keys.length === Object.keys(before).length && keys.every((key) => onlyTexts(before[key], after[key], found));
}

/** Whether what was written into a text begins a new word somewhere. */
export function beginsWord({ from, to }: { from: string; to: string }): boolean {
  let at = 0;
  while (at < from.length && from[at] === to[at]) at++;
  const end = at + to.length - from.length;
  for (; at < end; at++) if (isWord(to[at]) && !isWord(to[at - 1])) return true;
  return false;
}

const isWord = (letter: string | undefined) => letter !== undefined && /[\p{L}\p{M}\p{N}_'’-]/u.test(letter);
