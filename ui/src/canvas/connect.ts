// Which shell stands behind the painter: the app's, or in a build for plain browsers the mock.

import type { GenerateRequest } from "../ipc";
import { ShellOverIpc } from "./over-ipc";
import type { CanvasShell } from "./shell";

export async function canvasShell(draft: () => GenerateRequest): Promise<CanvasShell> {
  if (import.meta.env.MODE !== "mock") return new ShellOverIpc(draft);
  const { MockCanvasShell } = await import("./mock-shell");
  return new MockCanvasShell();
}
