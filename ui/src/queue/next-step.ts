// What a person can do about a job that ended without a picture: one step, by its error code.

import type { AccountState, ErrorCode } from "../ipc";
import type { Troubled } from "./reducer";

/** `load` puts the settings into the recipe, where they can be changed. */
export type NextStep = "tryAgain" | "generateAgain" | "load" | "signIn" | "saveAgain" | "dismiss";

function stepFor(code: ErrorCode, answered: boolean): NextStep {
  switch (code) {
    case "unauthorized":
    case "keychainMissing":
    case "keychainLocked":
      return "signIn";
    case "rejected":
    case "refused":
      return "load";
    case "diskFull":
    case "readOnly":
    case "storage":
      // Before anything was sent it is the job that could not be written down.
      return answered ? "saveAgain" : "tryAgain";
    case "insufficientAnlas":
    case "busy":
    case "unavailable":
    case "offline":
    case "interrupted":
    case "malformed":
    case "internal":
      return "tryAgain";
    case "notFound":
    case "notOffered":
      return "dismiss";
  }
}

/** Whether a job was made for the server that is connected now, or for none. */
export function isForThisServer(job: Troubled, account: AccountState): boolean {
  if (job.server === "this computer") return true;
  return (job.server === "sandbox") === (account.server.kind === "sandbox");
}

/** The one next step. What may have been charged is never called "again" lightly, and nothing goes to another server
 *  by itself: there it costs something else. After signing in, an older job that lacked a token can be tried again. */
export function nextStep(job: Troubled, account: AccountState, signedInAt: number | null): NextStep {
  const step = stepFor(job.state.error.code, job.state.kind === "unsettled");
  const signedInSince = step === "signIn" && signedInAt !== null && signedInAt > job.created;
  const wanted = signedInSince ? "tryAgain" : step;
  // What can only be asked for in its own place again is put away here.
  if (job.work.kind !== "generate" && (wanted === "tryAgain" || wanted === "load")) return "dismiss";
  if (wanted !== "tryAgain") return wanted;
  if (!isForThisServer(job, account)) return "load";
  return job.state.kind === "unsettled" ? "generateAgain" : "tryAgain";
}
