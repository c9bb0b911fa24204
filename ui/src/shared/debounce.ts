/** A call that waits until it has not been asked for again for a while. */
export interface Debounced {
  (): void;
  /** Does now what is waiting, if anything is. */
  flush: () => void;
  /** Forgets what is waiting. */
  cancel: () => void;
}

/** `atMost`: how long the first asking may be put off by those that follow it. */
export function debounced(milliseconds: number, work: () => void, atMost = Infinity): Debounced {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let due = Infinity;
  const cancel = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  const call = () => {
    const now = Date.now();
    if (timer === undefined) due = now + atMost;
    cancel();
    timer = setTimeout(
      () => {
        timer = undefined;
        work();
      },
      Math.max(0, Math.min(milliseconds, due - now)),
    );
  };
  const flush = () => {
    if (timer === undefined) return;
    cancel();
    work();
  };
  return Object.assign(call, { flush, cancel });
}
