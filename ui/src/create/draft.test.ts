import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";

import { type GenerateRequest, IpcError, standIn } from "../ipc";
import { MockBackend } from "../ipc/mock/backend";
import { catalogue } from "../ipc/mock/catalogue";
import { REQUEST } from "../test/values";
import { Draft } from "./draft.svelte";
import { Timeline } from "./timeline.svelte";

const V5 = "nai-diffusion-5-full";
const V45 = "nai-diffusion-4-5-full";
const V3 = "nai-diffusion-3";

const withPrompt = (text: string): GenerateRequest => ({ ...REQUEST, prompt: { ...REQUEST.prompt, text } });

let backend: MockBackend;
beforeEach(() => {
  backend = new MockBackend();
  standIn(backend);
});

describe("a draft", () => {
  it("starts from the first model's defaults at a normal portrait", () => {
    const draft = new Draft(catalogue, null);
    expect(draft.snapshot()).toEqual(REQUEST);
    expect(draft.preset?.id).toBe("normal-portrait");
  });

  it("is the one that was saved", () => {
    const saved = { ...withPrompt("夕暮れ"), model: V45 };
    expect(new Draft(catalogue, saved).snapshot()).toEqual(saved);
  });

  it("does not start from a model that is gone", () => {
    expect(new Draft(catalogue, { ...REQUEST, model: "nai-diffusion-2" }).request.model).toBe(V5);
  });

  it("hands out values that later edits do not touch, and that nobody can write to", () => {
    const draft = new Draft(catalogue, null);
    const before = draft.snapshot();
    draft.usePrompt("rain");
    draft.useSize({ width: 64, height: 64 });
    expect(before).toEqual(REQUEST);
    expect(() => (before.prompt.text = "snow")).toThrow(TypeError);
  });

  it("keeps the parts that an edit did not change", () => {
    const draft = new Draft(catalogue, null);
    const { sampling, size } = draft.request;
    draft.usePrompt("rain");
    expect(draft.request.sampling).toBe(sampling);
    expect(draft.request.size).toBe(size);
  });

  it("swaps its sides", () => {
    const draft = new Draft(catalogue, null);
    draft.swapSides();
    expect(draft.request.size).toEqual({ width: 1216, height: 832 });
    expect(draft.preset?.shape).toBe("landscape");
  });

  it("takes over another request, but not a model it does not know", () => {
    const draft = new Draft(catalogue, null);
    draft.use({ ...REQUEST, model: "nai-diffusion-9", samples: 3 });
    expect(draft.request.model).toBe(V5);
    expect(draft.request.samples).toBe(3);
  });

  it("keeps its seed when sampling is reset", () => {
    const draft = new Draft(catalogue, null);
    draft.useSeed(7);
    draft.edit(({ sampling }) => (sampling.steps = 50));
    draft.resetSampling();
    expect(draft.request.sampling).toEqual({ ...REQUEST.sampling, seed: 7 });
  });
});

describe("another model", () => {
  it("is what the shell makes of it, with a note of what could not stay", async () => {
    const draft = new Draft(catalogue, null);
    await draft.useModel(V45);
    draft.edit(({ sampling }) => {
      sampling.variety = true;
      sampling.noiseSchedule = "exponential";
    });
    await draft.useModel(V5);
    expect(draft.request.sampling).toMatchObject({ guidance: 7, variety: false, noiseSchedule: "karras" });
    expect(draft.taken).toEqual({
      name: "V5 Full",
      notes: [
        { field: "noiseSchedule", from: "exponential", to: "karras" },
        { field: "variety", from: "true", to: null },
      ],
    });
  });

  it("that takes everything along says nothing", async () => {
    const draft = new Draft(catalogue, null);
    await draft.useModel(V45);
    expect(draft.taken).toBeNull();
  });

  it("and everything it changed is undone in one step, and the note is gone", async () => {
    const draft = new Draft(catalogue, null);
    draft.edit((request) => (request.transparent = true));
    const before = draft.request;
    await draft.useModel(V3);
    expect(draft.taken?.notes).toHaveLength(1);
    draft.undo();
    expect(draft.request).toBe(before);
    expect(draft.taken).toBeNull();
    draft.redo();
    expect(draft.request.model).toBe(V3);
  });

  it("is undone from its note, however much was changed since", async () => {
    const draft = new Draft(catalogue, null);
    draft.edit((request) => (request.transparent = true));
    const before = draft.request;
    await draft.useModel(V3);
    draft.usePrompt("rain");
    draft.edit((request) => (request.samples = 2));
    draft.undoTaken();
    expect(draft.request).toBe(before);
  });

  it("does not lose what was typed while the shell was asked", async () => {
    const draft = new Draft(catalogue, null);
    const switching = draft.useModel(V45);
    draft.usePrompt("rain");
    await switching;
    expect(draft.request).toMatchObject({ model: V45, prompt: { text: "rain" } });
  });

  it("that can't be had says why, and changes nothing", async () => {
    const draft = new Draft(catalogue, null);
    backend.switchModel = () =>
      Promise.reject(new IpcError({ code: "refused", message: "There is no such model.", detail: "model" }));
    await draft.useModel("nai-diffusion-9");
    expect(draft.problem?.message).toBe("There is no such model.");
    expect(draft.snapshot()).toEqual(REQUEST);
  });
});

describe("the timeline", () => {
  const STEP = fc.oneof(
    fc.record({ kind: fc.constant("text" as const), value: fc.string({ maxLength: 12, unit: "grapheme" }) }),
    fc.record({ kind: fc.constant("steps" as const), value: fc.integer({ min: 1, max: 50 }) }),
    fc.record({ kind: fc.constant("size" as const), value: fc.integer({ min: 1, max: 20 }) }),
  );

  it("undone to its beginning is the first value, redone to its end the last", () => {
    fc.assert(
      fc.property(fc.array(STEP, { maxLength: 60 }), fc.array(fc.boolean(), { maxLength: 20 }), (steps, walk) => {
        const draft = new Draft(catalogue, null);
        const first = draft.request;
        for (const { kind, value } of steps) {
          if (kind === "text") draft.usePrompt(value);
          else if (kind === "steps") draft.edit(({ sampling }) => (sampling.steps = value), "steps");
          else draft.useSize({ width: value * 64, height: 832 });
        }
        const last = draft.request;
        for (const back of walk) {
          if (back) draft.undo();
          else draft.redo();
        }
        while (draft.canUndo) draft.undo();
        expect(draft.request).toBe(first);
        while (draft.canRedo) draft.redo();
        expect(draft.request).toBe(last);
      }),
    );
  });

  it("forgets what was undone when something else is done instead", () => {
    const draft = new Draft(catalogue, null);
    draft.usePrompt("rain");
    draft.undo();
    draft.edit((request) => (request.samples = 2));
    expect(draft.canRedo).toBe(false);
  });

  it("has no step for what changes nothing", () => {
    const draft = new Draft(catalogue, null);
    draft.usePrompt("");
    draft.useSize(REQUEST.size);
    expect(draft.canUndo).toBe(false);
  });

  it("goes back 200 steps", () => {
    const timeline = new Timeline(0);
    for (let value = 1; value <= 250; value++) timeline.push(value);
    while (timeline.canUndo) timeline.undo();
    expect(timeline.value).toBe(50);
  });

  it.each([
    ["letters of one word are one step", ["r", "ra", "rai", "rain"], ["rain", ""]],
    ["a new word is a new step", ["rain", "rain,", "rain, n", "rain, night"], ["rain, night", "rain,", ""]],
    ["so is one in Japanese", ["夕暮れ", "夕暮れ、", "夕暮れ、谷"], ["夕暮れ、谷", "夕暮れ、", ""]],
    ["what is deleted letter by letter is one step", ["rain", "rai", "ra"], ["ra", ""]],
  ])("of typing: %s", (_name, typed, seen) => {
    const timeline = new Timeline({ text: "" }, () => 0);
    for (const text of typed) timeline.push({ text }, "prompt");
    const back = [timeline.value.text];
    while (timeline.undo()) back.push(timeline.value.text);
    expect(back).toEqual(seen);
  });

  it("takes a slider's way for one step, and after a rest for another", () => {
    let now = 0;
    const timeline = new Timeline({ steps: 23 }, () => now);
    for (const steps of [24, 25, 26]) timeline.push({ steps }, "steps");
    now = 2000;
    for (const steps of [27, 28]) timeline.push({ steps }, "steps");
    timeline.undo();
    expect(timeline.value).toEqual({ steps: 26 });
    timeline.undo();
    expect(timeline.value).toEqual({ steps: 23 });
  });

  it("keeps two fields apart, however quickly they follow one another", () => {
    const timeline = new Timeline({ steps: 23, guidance: 7 }, () => 0);
    timeline.push({ steps: 24, guidance: 7 }, "steps");
    timeline.push({ steps: 24, guidance: 6 }, "guidance");
    timeline.undo();
    expect(timeline.value).toEqual({ steps: 24, guidance: 7 });
  });
});

describe("sent drafts", () => {
  const texts = (draft: Draft) => draft.request.prompt.text;

  it("are gone back to one by one, and the unsent one comes back at the newest end", async () => {
    backend.sentDrafts = () => Promise.resolve([withPrompt("second"), withPrompt("first")]);
    const draft = new Draft(catalogue, withPrompt("unsent"));
    await draft.recall(true);
    expect(texts(draft)).toBe("second");
    await draft.recall(true);
    await draft.recall(true);
    expect(texts(draft)).toBe("first");
    await draft.recall(false);
    await draft.recall(false);
    await draft.recall(false);
    expect(texts(draft)).toBe("unsent");
  });

  it("leave out what stands in the draft already", async () => {
    const sent = { ...withPrompt("rain"), sampling: { ...REQUEST.sampling, seed: 7, smea: "off" as const } };
    backend.sentDrafts = () => Promise.resolve([sent, withPrompt("first")]);
    const draft = new Draft(catalogue, withPrompt("rain"));
    await draft.recall(true);
    expect(texts(draft)).toBe("first");
  });

  it("that were changed are what is unsent from then on; undo leads to the one before", async () => {
    backend.sentDrafts = () => Promise.resolve([withPrompt("first")]);
    const draft = new Draft(catalogue, withPrompt("unsent"));
    await draft.recall(true);
    draft.usePrompt("first, rain");
    await draft.recall(true);
    expect(texts(draft)).toBe("first");
    await draft.recall(false);
    expect(texts(draft)).toBe("first, rain");
    while (draft.canUndo) draft.undo();
    expect(texts(draft)).toBe("unsent");
  });

  it("come in turn when they are asked for quickly", async () => {
    backend.sentDrafts = () => Promise.resolve([withPrompt("second"), withPrompt("first")]);
    const draft = new Draft(catalogue, null);
    await Promise.all([draft.recall(true), draft.recall(true)]);
    expect(texts(draft)).toBe("first");
  });

  it("that can't be read leave the draft alone", async () => {
    backend.sentDrafts = () => Promise.reject(new IpcError({ code: "storage", message: "", detail: null }));
    const draft = new Draft(catalogue, null);
    await draft.recall(true);
    expect(draft.snapshot()).toEqual(REQUEST);
  });
});
