// How closely a picture is looked at: 1 is all of it. What lies under the pointer stays there.

export const CLOSEST = 16;

export class Zoom {
  scale = $state(1);
  /** Where the picture's corner lies, in the frame's own width and height; 0 to 1 - scale. */
  x = $state(0);
  y = $state(0);

  readonly isFit = $derived(this.scale <= 1);

  /** `at`: what stays in its place, 0 to 1 across the frame. */
  to(scale: number, at = { x: 0.5, y: 0.5 }): void {
    const next = Math.min(CLOSEST, Math.max(1, scale));
    const by = next / this.scale;
    this.scale = next;
    this.#put(at.x - (at.x - this.x) * by, at.y - (at.y - this.y) * by);
  }

  move(x: number, y: number): void {
    this.#put(this.x + x, this.y + y);
  }

  fit(): void {
    this.scale = 1;
    this.#put(0, 0);
  }

  #put(x: number, y: number): void {
    const least = 1 - this.scale;
    this.x = Math.min(0, Math.max(least, x));
    this.y = Math.min(0, Math.max(least, y));
  }
}
