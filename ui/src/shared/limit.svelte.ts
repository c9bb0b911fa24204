// The person's limit for a price: above it, the first press asks and a later one agrees.

/** A second press sooner than this is the same press: nobody has read the price by then. */
const READ = 400;

export interface Asking<About> {
  about: About;
  anlas: number;
  above: number;
  at: number;
}

/** `About` tells one thing that is to be paid for from another. */
export class Limit<About = null> {
  /** What waits for a second press. */
  asking: Asking<About> | null = $state.raw(null);

  /** Whether something may cost so much: it is within the limit, or the person has seen the price and pressed again. */
  allows(about: About, anlas: number, above: number | null): boolean {
    const { asking } = this;
    const now = performance.now();
    if (above === null || anlas <= above) return true;
    if (asking?.about !== about || asking.anlas < anlas) {
      this.asking = { about, anlas, above, at: now };
      return false;
    }
    if (now - asking.at < READ) return false;
    this.asking = null;
    return true;
  }

  forget(): void {
    this.asking = null;
  }
}
