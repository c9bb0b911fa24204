// A question that is asked again and again while somebody types: a moment after the last change, at the latest after a
// while of changes without a pause. An answer that was overtaken by a change is dropped.

export interface Asking {
  /** Something has changed. */
  ask(): void;
  stop(): void;
}

interface Ways<A> {
  /** Milliseconds after the last change, and after the first one that waits. */
  pause: number;
  most: number;
  /** Null: there is nothing to ask. */
  answer: () => Promise<A> | null;
  /** Called with the newest answer only. */
  use: (answer: A) => void;
  /** The newest question could not be answered. */
  fail?: (thrown: unknown) => void;
}

export function asking<A>({ pause, most, answer, use, fail }: Ways<A>): Asking {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let since: number | null = null;
  let newest = 0;

  async function now(): Promise<void> {
    const asked = newest;
    since = null;
    try {
      const found = await answer();
      if (asked === newest && found !== null) use(found);
    } catch (thrown) {
      if (asked === newest) fail?.(thrown);
    }
  }

  return {
    ask() {
      newest += 1;
      since ??= Date.now();
      clearTimeout(timer);
      timer = setTimeout(() => void now(), Math.max(0, Math.min(pause, since + most - Date.now())));
    },
    stop() {
      newest += 1;
      since = null;
      clearTimeout(timer);
    },
  };
}
