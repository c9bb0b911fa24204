// Light or dark. "System" leaves the choice to `color-scheme`; the other two set [data-theme].

export type Theme = "system" | "dark" | "light";

export const THEMES: readonly Theme[] = ["system", "dark", "light"];

const KEY = "atelier.theme";

export class ThemeChoice {
  chosen: Theme = $state("system");

  constructor() {
    const kept = localStorage.getItem(KEY);
    this.choose(THEMES.find((theme) => theme === kept) ?? "system");
  }

  choose(theme: Theme): void {
    this.chosen = theme;
    if (theme === "system") {
      localStorage.removeItem(KEY);
      delete document.documentElement.dataset["theme"];
    } else {
      localStorage.setItem(KEY, theme);
      document.documentElement.dataset["theme"] = theme;
    }
  }
}
