// The whole page over a mock shell.

import { render, screen } from "@testing-library/svelte";

import App from "../App.svelte";
import { t } from "../i18n/index.svelte";
import { standIn } from "../ipc";
import { MockBackend, type MockOptions } from "../ipc/mock/backend";

export async function openApp(
  options: Partial<MockOptions> = {},
  backend = new MockBackend({ stepDelay: 1, ...options }),
): Promise<MockBackend> {
  standIn(backend);
  render(App);
  await screen.findByRole("textbox", { name: t("create.prompt") });
  return backend;
}

/** The jobs that were asked for, by id. */
export function enqueued(backend: MockBackend): string[] {
  return backend.calls.filter(({ name }) => name === "enqueue").map(({ argument }) => (argument as { id: string }).id);
}

export function calls(backend: MockBackend, name: string): unknown[] {
  return backend.calls.filter((call) => call.name === name).map(({ argument }) => argument);
}
