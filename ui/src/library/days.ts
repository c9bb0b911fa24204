// Pictures by the day they were made, as the person's own calendar has it.

import type { ImageRecord } from "../ipc";

export interface Day {
  /** Midnight that the day began with. */
  start: number;
  images: ImageRecord[];
}

export function midnight(moment: number): number {
  return new Date(moment).setHours(0, 0, 0, 0);
}

/** Runs of the same day; the order stays. */
export function byDay(images: readonly ImageRecord[]): Day[] {
  const days: Day[] = [];
  for (const image of images) {
    const start = midnight(image.created);
    const last = days.at(-1);
    if (last?.start === start) last.images.push(image);
    else days.push({ start, images: [image] });
  }
  return days;
}

/** How long ago a day is, where it has a word for that. */
export function nearDay(start: number, now: number): "today" | "yesterday" | null {
  if (start === midnight(now)) return "today";
  if (start === midnight(midnight(now) - 1)) return "yesterday";
  return null;
}
