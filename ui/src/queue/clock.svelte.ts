/** The time, moving once a second as long as somebody needs it to. */
export class Clock {
  now = $state(Date.now());

  /** Runs until the returned function is called: to be returned from an `$effect`. */
  run(): () => void {
    this.now = Date.now();
    const timer = setInterval(() => (this.now = Date.now()), 1000);
    return () => clearInterval(timer);
  }

  /** Whole seconds until a moment, never less than none. */
  secondsUntil(moment: number): number {
    return Math.max(0, Math.ceil((moment - this.now) / 1000));
  }
}
