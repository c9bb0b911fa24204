// What is asked of the server and answered without a picture. An answer is fetched when its job is done; the newest of a
// kind is the one in sight.

import {
  type Answer,
  type AppError,
  asAppError,
  dismiss,
  enqueueQuestion,
  type Job,
  jobAnswer,
  type Question,
} from "../ipc";
import { isOver } from "./lines";

export type QuestionKind = Question["kind"];

export interface Asked {
  id: string;
  question: Question;
  answer: Answer | null;
  problem: AppError | null;
}

export class Questions {
  all: readonly Asked[] = $state.raw([]);
  problem: AppError | null = $state.raw(null);
  #asking = false;
  #fetching: readonly string[] = [];

  newest(kind: QuestionKind): Asked | null {
    return this.all.find(({ question }) => question.kind === kind) ?? null;
  }

  /** A click is one question, however often it is made while it is being taken. */
  async ask(question: Question): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      const job = await enqueueQuestion(crypto.randomUUID(), question);
      this.all = [{ id: job.id, question, answer: null, problem: null }, ...this.all];
      this.problem = null;
    } catch (thrown) {
      this.problem = asAppError(thrown);
    } finally {
      this.#asking = false;
    }
  }

  /** The queue has changed: what is done is fetched, what failed says why. */
  follow(jobs: readonly Job[]): void {
    for (const asked of this.all) {
      if (asked.answer !== null || asked.problem !== null) continue;
      const state = jobs.find(({ id }) => id === asked.id)?.state;
      if (!state || !isOver(state)) continue;
      if (state.kind === "failed" || state.kind === "unsettled") this.#fail(asked.id, state.error);
      else if (state.kind === "done") void this.#fetch(asked.id);
      else this.all = this.all.filter(({ id }) => id !== asked.id);
    }
  }

  /** Why there is no answer stands where the answer would: the queue need not say it as well. */
  #fail(id: string, problem: AppError): void {
    this.#change(id, { problem });
    if (problem.code === "notOffered") void dismiss(id).catch(() => undefined);
  }

  async #fetch(id: string): Promise<void> {
    if (this.#fetching.includes(id)) return;
    this.#fetching = [...this.#fetching, id];
    try {
      this.#change(id, { answer: await jobAnswer(id) });
    } catch (thrown) {
      this.#change(id, { problem: asAppError(thrown) });
    }
  }

  #change(id: string, changes: Partial<Asked>): void {
    this.all = this.all.map((asked) => (asked.id === id ? { ...asked, ...changes } : asked));
  }
}
