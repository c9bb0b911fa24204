// What the viewer needs to know and to do so that another picture is made of the one in sight.

import type { GenerateRequest } from "../ipc";

export interface Making {
  /** What is being edited: taken where nobody knows how a picture was made. */
  draft: () => GenerateRequest;
  /** A price above this asks once more; null: none does. */
  askAbove: number | null;
  /** Queues a request under this id, once; false: it could not be queued, and why is told elsewhere. */
  queue: (id: string, request: GenerateRequest) => Promise<boolean>;
}
