import { describe, expect, it } from "vitest";

import type { Job, JobState } from "../ipc";
import { job } from "../test/values";
import { linesOf, progressOf, stoppable } from "./lines";

const error = { code: "unavailable" as const, message: "It failed.", detail: null };

/** A step on the picture `p`. */
function step(id: string, state: JobState, after: string | null = null, changes: Partial<Job> = {}): Job {
  const work: Job["work"] = { kind: "augment", image: "p", tool: { kind: "lineArt" } };
  return job(id, state, { work, chain: { id: "c", step: after === null ? 0 : 1, steps: 2, after }, ...changes });
}

const QUEUED = { kind: "queued", retryAt: null } as const;
const done = (...images: string[]): JobState => ({ kind: "done", images });

describe("lines", () => {
  it("put the jobs of a picture after one another, in whatever order they are told", () => {
    const [line] = linesOf([step("b", QUEUED, "a"), step("a", done("i"))]);
    expect(line?.jobs.map(({ id }) => id)).toEqual(["a", "b"]);
    expect(line).toMatchObject({ id: "a", source: "p", step: 1, steps: 2, images: ["i"], state: { kind: "running" } });
    expect(line?.progress).toBeCloseTo(0.5);
  });

  it("are done when the last step is, and give its pictures", () => {
    const [line] = linesOf([step("a", done("i")), step("b", done("j"), "a")]);
    expect(line).toMatchObject({ state: { kind: "done" }, images: ["j"], progress: 1 });
  });

  it("keep what was made before a step failed, and say why it did", () => {
    const failed = { kind: "failed", error } as const;
    const [line] = linesOf([step("a", done("i")), step("b", failed, "a")]);
    expect(line).toMatchObject({ state: { kind: "failed", error }, images: ["i"] });
  });

  it("say why the first step failed, not that the later ones were cancelled", () => {
    const [line] = linesOf([step("a", { kind: "failed", error }), step("b", { kind: "cancelled" }, "a")]);
    expect(line?.state).toEqual({ kind: "failed", error });
  });

  it("of one step are those that have no chain as well", () => {
    const [line] = linesOf([step("a", { kind: "running", step: 3, steps: 12 }, null, { chain: null })]);
    expect(line).toMatchObject({ steps: 1, state: { kind: "running" } });
    expect(line?.progress).toBeCloseTo(0.25);
  });

  it("leave out pictures from prompts and questions", () => {
    const question = { kind: "classify", image: "p" } as const;
    expect(linesOf([job("g", QUEUED), job("q", QUEUED, { work: question })])).toEqual([]);
  });

  it("begin with what was asked for last, and keep the order of one click", () => {
    const at = (id: string, created: number) => step(id, QUEUED, null, { created });
    expect(linesOf([at("a", 1), at("b", 2), at("c", 2)]).map(({ id }) => id)).toEqual(["b", "c", "a"]);
  });

  it("survive a step whose first was put away, and steps that wait for one another", () => {
    expect(linesOf([step("b", QUEUED, "gone")])).toHaveLength(1);
    expect(linesOf([step("a", QUEUED, "b"), step("b", QUEUED, "a")])).toEqual([]);
  });

  it("can be stopped as long as something of them is open", () => {
    const [line] = linesOf([step("a", done("i")), step("b", QUEUED, "a")]);
    expect(line && stoppable(line)).toEqual(["b"]);
  });
});

describe("progress", () => {
  it("is one for many: what ended counts whole, however it ended", () => {
    const lines = linesOf([
      step("a", done("i"), null, { chain: null }),
      step("b", { kind: "failed", error }, null, { chain: null }),
      step("c", { kind: "running", step: 6, steps: 12 }, null, { chain: null }),
      step("d", QUEUED, null, { chain: null }),
    ]);
    expect(progressOf(lines)).toMatchObject({ ended: 2, count: 4, now: { id: "c" } });
    expect(progressOf(lines).value).toBeCloseTo(2.5 / 4);
  });
});
