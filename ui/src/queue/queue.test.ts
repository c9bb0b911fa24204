import { describe, expect, it } from "vitest";

import type { AccountState, ErrorCode, JobState } from "../ipc";
import { job } from "../test/values";
import { Jobs } from "./jobs.svelte";
import { nextStep } from "./next-step";
import { changed, grouped, isTroubled, progress, removed, type Troubled } from "./reducer";

const QUEUED: JobState = { kind: "queued", retryAt: null };
const RUNNING: JobState = { kind: "running", step: 3, steps: 12 };
const DONE: JobState = { kind: "done", images: ["a"] };

const failed = (code: ErrorCode): JobState => ({ kind: "failed", error: { code, message: "", detail: null } });
const unsettled = (code: ErrorCode): JobState => ({
  kind: "unsettled",
  error: { code, message: "", detail: null },
  anlasBefore: 10,
  anlasAfter: 10,
});
const troubled = (state: JobState, server = "sandbox"): Troubled => {
  const made = job("t", state, { server });
  if (!isTroubled(made)) throw new Error("not in trouble");
  return made;
};

const SANDBOX: AccountState = { server: { kind: "sandbox" }, keptIn: null, account: null, problem: null };
const NOVELAI: AccountState = { ...SANDBOX, server: { kind: "novelai" }, keptIn: "keychain" };

describe("the list of jobs", () => {
  it("gets new jobs at its end and changes known ones in their place", () => {
    const jobs = changed(changed(changed([], job("1", QUEUED)), job("2", QUEUED)), job("1", RUNNING));
    expect(jobs.map(({ id, state }) => [id, state.kind])).toEqual([
      ["1", "running"],
      ["2", "queued"],
    ]);
  });

  it("loses what was dismissed, and nothing else", () => {
    expect(removed([job("1", DONE), job("2", DONE)], "1").map(({ id }) => id)).toEqual(["2"]);
    expect(removed([job("1", DONE)], "9")).toHaveLength(1);
  });

  it("counts steps only where there are some", () => {
    expect(progress(RUNNING)).toBe(0.25);
    expect(progress(QUEUED)).toBeNull();
    expect(progress({ kind: "received" })).toBe(1);
  });

  it("tells failures of one kind together, but each that may have been charged alone", () => {
    const groups = grouped([
      troubled(failed("offline")),
      troubled(unsettled("interrupted")),
      troubled(failed("offline")),
      troubled(unsettled("interrupted")),
      troubled(failed("rejected")),
    ]);
    expect(groups.map((group) => group.length)).toEqual([2, 1, 1, 1]);
  });
});

describe("jobs", () => {
  it("told while they are being read are newer than the reading", () => {
    const jobs = new Jobs();
    jobs.change(job("1", DONE));
    jobs.remove("2");
    jobs.reset([job("1", QUEUED), job("2", QUEUED), job("3", QUEUED)]);
    expect(jobs.all.map(({ id, state }) => [id, state.kind])).toEqual([
      ["1", "done"],
      ["3", "queued"],
    ]);
  });

  it("read again are what was read then", () => {
    const jobs = new Jobs();
    jobs.reset([job("1", RUNNING)]);
    jobs.change(job("1", DONE));
    jobs.expect();
    jobs.reset([job("4", QUEUED)]);
    expect(jobs.all.map(({ id }) => id)).toEqual(["4"]);
  });

  it("are open, waiting, current or in trouble", () => {
    const jobs = new Jobs();
    jobs.reset([job("1", DONE), job("2", failed("busy")), job("3", RUNNING), job("4", QUEUED)]);
    expect(jobs.open.map(({ id }) => id)).toEqual(["3", "4"]);
    expect(jobs.current?.id).toBe("3");
    expect(jobs.waiting.map(({ id }) => id)).toEqual(["4"]);
    expect(jobs.troubled.map(({ id }) => id)).toEqual(["2"]);
  });
});

describe("the next step", () => {
  it.each<[JobState, string]>([
    [failed("offline"), "tryAgain"],
    [failed("rejected"), "load"],
    [unsettled("interrupted"), "generateAgain"],
    [unsettled("diskFull"), "saveAgain"],
    [unsettled("readOnly"), "saveAgain"],
    [failed("diskFull"), "tryAgain"],
    [failed("notFound"), "dismiss"],
  ])("after %o is to %s", (state, step) => {
    expect(nextStep(troubled(state), SANDBOX, null)).toBe(step);
  });

  it("after a rejected token is to sign in, and then to try again", () => {
    const rejected = troubled(failed("unauthorized"), "image.novelai.net");
    expect(nextStep(rejected, NOVELAI, null)).toBe("signIn");
    expect(nextStep({ ...rejected, created: 20 }, NOVELAI, 10)).toBe("signIn");
    expect(nextStep({ ...rejected, created: 20 }, NOVELAI, 30)).toBe("tryAgain");
  });

  it("never sends what was made for another server", () => {
    expect(nextStep(troubled(failed("offline"), "sandbox"), NOVELAI, null)).toBe("load");
    expect(nextStep(troubled(unsettled("interrupted"), "image.novelai.net"), SANDBOX, null)).toBe("load");
  });

  it("after an encoding is to put it away, since what needs it says the rest", () => {
    const encoding: Troubled = {
      ...troubled(failed("offline")),
      work: { kind: "encodeVibe", image: "a".repeat(64), model: "nai-diffusion-4-5-full", extraction: 0.7 },
    };
    expect(nextStep(encoding, SANDBOX, null)).toBe("dismiss");
    const kept: Troubled = { ...encoding, state: troubled(unsettled("diskFull")).state };
    expect(nextStep(kept, SANDBOX, null)).toBe("saveAgain");
  });
});
