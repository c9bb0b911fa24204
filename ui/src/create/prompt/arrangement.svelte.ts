// How prompt and Undesired Content lie: one above the other, or behind tabs. Side by side is a matter of room, not of choice.

export type Arrangement = "stacked" | "tabs";

const KEY = "atelier.prompts";

export class Arranged {
  chosen: Arrangement = $state("stacked");

  constructor() {
    this.chosen = localStorage.getItem(KEY) === "tabs" ? "tabs" : "stacked";
  }

  choose(arrangement: Arrangement): void {
    this.chosen = arrangement;
    localStorage.setItem(KEY, arrangement);
  }
}
