// What the person decided about the app. The shell keeps it; what it answers is what holds.

import { saveSettings, type Settings } from "../ipc";

export class Preferences {
  value: Settings;
  #saving: Promise<unknown> = Promise.resolve();

  constructor(value: Settings) {
    this.value = $state.raw(value);
  }

  /** Changes that follow one another quickly are saved one after the other, each on top of the last. */
  change(changes: Partial<Settings>): Promise<void> {
    const saved = this.#saving.then(async () => {
      this.value = await saveSettings({ ...this.value, ...changes });
    });
    this.#saving = saved.catch(() => undefined);
    return saved;
  }
}
