import type { MockCanvasShell } from "./mock-shell";

declare global {
  interface Window {
    /** For the Chromium lane: what the painter asked for, and the mask it saved. */
    atelierCanvas?: MockCanvasShell;
  }
}
