/** A call that waits until it has not been asked for again for a while. */
export interface Debounced {
  (): void;
  /** Does now what is waiting, if anything is. */
  flush: () => void;
  /** Forgets what is waiting. */
  cancel: () => void;
}

export function debounced(milliseconds: number, work: () => void): Debounced {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const cancel = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  const call = () => {
    cancel();
    timer = setTimeout(() => {
      timer = undefined;
      work();
    }, milliseconds);
  };
  const flush = () => {
    if (timer === undefined) return;
    cancel();
    work();
  };
  return Object.assign(call, { flush, cancel });
}
