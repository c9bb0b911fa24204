// How wide the columns are, as the person left them.

const KEY = "atelier.columns";

export const RECIPE = { min: 296, max: 480 };
export const HISTORY = { min: 92, max: 380 };

/** What suits a window of this width. */
export function usual(window: number): { recipe: number; history: number } {
  if (window < 1100) return { recipe: 300, history: 112 };
  if (window < 1700) return { recipe: 348, history: 148 };
  return { recipe: 384, history: 212 };
}

export class Columns {
  recipe = $state(0);
  history = $state(0);

  constructor() {
    Object.assign(this, usual(window.innerWidth));
    const [recipe, history] = (localStorage.getItem(KEY) ?? "").split(" ").map(Number);
    if (recipe && recipe >= RECIPE.min && recipe <= RECIPE.max) this.recipe = recipe;
    if (history && history >= HISTORY.min && history <= HISTORY.max) this.history = history;
  }

  reset(column: "recipe" | "history"): void {
    this.set(column, usual(window.innerWidth)[column]);
  }

  set(column: "recipe" | "history", width: number): void {
    this[column] = width;
    localStorage.setItem(KEY, `${this.recipe} ${this.history}`);
  }
}
