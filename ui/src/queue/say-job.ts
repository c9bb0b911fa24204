// What a job is, what holds it and what is known of it, in words.

import { number, t } from "../i18n/index.svelte";
import { type GenerateRequest, type Hold, type Job, requestOf } from "../ipc";

/** What it is for: its prompt as the person wrote it, or the tool. */
export function titleOf({ work }: Job): string {
  if (work.kind !== "generate") return t(`drawer.work.${work.kind}`);
  const prompt = (work.written?.prompt ?? work.request.prompt.text).trim();
  return prompt === "" ? t("drawer.noPrompt") : prompt;
}

/** What was drawn where the prompt leaves something to chance; null where it does not. */
export function drawnOf({ work }: Job): string | null {
  return work.kind === "generate" && work.written ? work.request.prompt.text : null;
}

/** The request as the person wrote it: what is drawn in it is drawn anew. */
export function writtenRequestOf({ work }: Job): GenerateRequest | null {
  if (work.kind !== "generate") return null;
  const { request, written } = work;
  if (!written) return request;
  const characters = (request.characters ?? []).map((character, at) => ({ ...character, ...written.characters[at] }));
  return { ...request, characters, prompt: { ...request.prompt, text: written.prompt, undesired: written.undesired } };
}

export function detailsOf(job: Job, modelName: (id: string) => string): string {
  const request = requestOf(job);
  if (!request) return "model" in job.work && job.work.model ? modelName(job.work.model) : "";
  const { size, sampling, samples, model } = request;
  const parts = [modelName(model), `${size.width} × ${size.height}`];
  if (typeof sampling.seed === "number") parts.push(t("drawer.seed", { seed: sampling.seed }));
  if (samples > 1) parts.push(t("drawer.pictures", { count: samples }));
  return parts.join(" · ");
}

export function sayHold(hold: Hold): string {
  switch (hold.kind) {
    case "notFree":
      return hold.anlas === null
        ? t("drawer.hold.notFreeUnknown")
        : t("drawer.hold.notFree", { anlas: number(hold.anlas) });
    case "unknownPrice":
      return t("drawer.hold.unknownPrice");
    case "cap": {
      const values = { anlas: number(hold.anlas), spent: number(hold.spent), cap: number(hold.cap) };
      switch (hold.per) {
        case "queue":
          return t("drawer.hold.capQueue", values);
        case "day":
          return t("drawer.hold.capDay", values);
        case "month":
          return t("drawer.hold.capMonth", values);
      }
      break;
    }
    case "ask":
      return t("drawer.hold.ask", { anlas: number(hold.anlas), above: number(hold.above) });
    case "allowanceEnds":
      return t("drawer.hold.allowanceEnds");
  }
}

/** What is known of a job that may have been charged: the sentence, and the numbers that it rests on. */
export function sayVerdict(job: Job): { verdict: string; numbers: string } | null {
  if (job.state.kind !== "unsettled") return null;
  const { anlasBefore, anlasAfter } = job.state;
  const numbers =
    anlasBefore === null
      ? t("drawer.verdict.nothing")
      : anlasAfter === null
        ? t("drawer.verdict.beforeOnly", { before: number(anlasBefore) })
        : t("drawer.verdict.before", { before: number(anlasBefore), after: number(anlasAfter) });
  if (job.verdict === null) return { verdict: t("drawer.verdict.saved"), numbers };
  switch (job.verdict.kind) {
    case "chargedAndRecovered": {
      const { anlas, pictures } = job.verdict;
      return { verdict: t("drawer.verdict.chargedAndRecovered", { value: number(anlas), count: pictures }), numbers };
    }
    case "chargedAndLost":
      return { verdict: t("drawer.verdict.chargedAndLost", { value: number(job.verdict.anlas) }), numbers };
    case "notCharged":
      return { verdict: t("drawer.verdict.notCharged"), numbers };
    case "unknown":
      return { verdict: t("drawer.verdict.unknown"), numbers };
  }
}

/** What it cost, where that is known, and whether that is what was expected. */
export function sayPaid({ paid }: Job): { text: string; drift: boolean } | null {
  if (paid === null || (paid.charged === 0 && paid.expected === 0)) return null;
  const drift = paid.charged !== paid.expected;
  const text = drift
    ? t("drawer.drift", { charged: number(paid.charged), expected: number(paid.expected) })
    : t("drawer.paid", { value: number(paid.charged) });
  return { text, drift };
}
