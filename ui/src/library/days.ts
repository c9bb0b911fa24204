// Days, as the person's own calendar has them.

/** The beginning of the day that a moment is in, in milliseconds. */
export function midnight(moment: number): number {
  return new Date(moment).setHours(0, 0, 0, 0);
}

/** How long ago a day is, where it has a word for that. */
export function nearDay(start: number, now: number): "today" | "yesterday" | null {
  if (start === midnight(now)) return "today";
  if (start === midnight(midnight(now) - 1)) return "yesterday";
  return null;
}
