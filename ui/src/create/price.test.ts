import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { type Account, type Estimate, type GenerateRequest, IpcError, standIn } from "../ipc";
import { ACCOUNT, MockBackend } from "../ipc/mock/backend";
import { REQUEST } from "../test/values";
import { Price } from "./price.svelte";
import { priceLabel, priceNote } from "./price-label";

describe("a price", () => {
  const poor: Account = { ...ACCOUNT, anlas: 12 };

  it.each<[Estimate, Account | null, string, string]>([
    [{ anlas: 0, full: 26, free: "opus", parts: [] }, ACCOUNT, "free · Opus", "otherwise 26 Anlas"],
    [{ anlas: 0, full: 26, free: "allowance", parts: [] }, ACCOUNT, "free · V5 allowance", "otherwise 26 Anlas"],
    [{ anlas: 26, full: 26, free: null, parts: [] }, ACCOUNT, "26 Anlas", "leaves 9,620 Anlas"],
    [{ anlas: 1234, full: 1234, free: null, parts: [] }, null, "1,234 Anlas", ""],
    [
      { anlas: 17, full: 34, free: "opus", parts: [] },
      ACCOUNT,
      "17 Anlas",
      "one is free with Opus, otherwise 34 Anlas",
    ],
    [
      { anlas: 30, full: 60, free: "allowance", parts: [] },
      ACCOUNT,
      "30 Anlas",
      "one is free by the V5 allowance, otherwise 60 Anlas",
    ],
    [{ anlas: 26, full: 26, free: null, parts: [] }, poor, "26 Anlas", "The account has 12 Anlas"],
  ])("of %o for %o reads “%s”, under it “%s”", (estimate, account, label, note) => {
    expect(priceLabel(estimate)).toBe(label);
    expect(priceNote(estimate, account)).toBe(note);
  });
});

describe("the live price", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  const withSteps = (steps: number): GenerateRequest => ({ ...REQUEST, sampling: { ...REQUEST.sampling, steps } });

  /** Answers when told to. */
  function slowShell() {
    const answers: ((estimate: Estimate) => void)[] = [];
    const backend = new MockBackend();
    backend.estimate = (request) => {
      backend.calls.push({ name: "estimate", argument: request });
      return new Promise((resolve) => answers.push(resolve));
    };
    standIn(backend);
    return { backend, answers };
  }

  it("is asked for once, a moment after the last change", async () => {
    const { backend } = slowShell();
    const price = new Price();
    for (const steps of [20, 21, 22]) price.follow(withSteps(steps));
    expect(backend.calls).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(200);
    expect(backend.calls.map(({ argument }) => argument)).toEqual([withSteps(22)]);
  });

  it("ignores an answer that a newer question has overtaken", async () => {
    const { answers } = slowShell();
    const price = new Price();
    price.follow(withSteps(50));
    await vi.advanceTimersByTimeAsync(200);
    price.follow(withSteps(10));
    await vi.advanceTimersByTimeAsync(200);
    answers[1]?.({ anlas: 2, full: 2, free: null, parts: [] });
    answers[0]?.({ anlas: 99, full: 99, free: null, parts: [] });
    await vi.advanceTimersByTimeAsync(0);
    expect(price.state).toEqual({ kind: "known", estimate: { anlas: 2, full: 2, free: null, parts: [] } });
  });

  it("finds the nearest number of pictures that can be sent", async () => {
    standIn(new MockBackend());
    const found = await new Price().now({ ...REQUEST, samples: 8 });
    expect(found).toMatchObject({ kind: "refused", nearest: 4, error: { detail: "samples" } });
  });

  it("finds the most steps that are not too expensive", async () => {
    standIn(new MockBackend());
    const found = await new Price().now({ ...withSteps(50), size: { width: 2048, height: 1536 } });
    expect(found).toMatchObject({ kind: "refused", nearest: 46 });
  });

  it("has nothing to offer for a field that is not a number", async () => {
    standIn(new MockBackend());
    const found = await new Price().now({ ...REQUEST, model: "nai-diffusion-2" });
    expect(found).toMatchObject({ kind: "refused", nearest: null });
  });

  it("is unknown when the shell does not answer", async () => {
    const backend = new MockBackend();
    backend.estimate = () => Promise.reject(new IpcError({ code: "internal", message: "", detail: null }));
    standIn(backend);
    expect(await new Price().now(REQUEST)).toEqual({ kind: "unknown" });
  });
});
