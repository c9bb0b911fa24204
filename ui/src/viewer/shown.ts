// What the viewer shows: nothing yet, a job on its way, or a picture.

import { type GenerateRequest, type ImageRecord, type Job, requestOf, type Size } from "../ipc";
import type { Layer } from "../shared/layers";

export type Shown =
  | { kind: "nothing"; size: Size }
  | { kind: "job"; job: Job }
  /** `request` is what it was made with, where that is still known. */
  | { kind: "picture"; id: string; job: string | null; image: ImageRecord | null; request: GenerateRequest | null };

/** What is drawn in the frame. */
export interface Picture extends Layer {
  kind: "preview" | "result";
  size: Size;
}

export function sizeOf(shown: Shown): Size {
  switch (shown.kind) {
    case "nothing":
      return shown.size;
    case "job":
      return requestOf(shown.job)?.size ?? { width: 1, height: 1 };
    case "picture":
      return shown.image ?? shown.request?.size ?? { width: 1, height: 1 };
  }
}
