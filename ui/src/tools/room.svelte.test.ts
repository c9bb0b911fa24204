import { beforeEach, describe, expect, it, vi } from "vitest";

import { IpcError, type Job, listen, standIn } from "../ipc";
import { MockBackend, type MockOptions } from "../ipc/mock/backend";
import { catalogue } from "../ipc/mock/catalogue";
import { calls } from "../test/app";
import { ToolRoom } from "./room.svelte";

let backend: MockBackend;
let jobs: Job[] = $state.raw([]);
let askAbove: number | null;
const onopen = vi.fn();

/** Conditions are waited for, however busy the machine is. */
const until = (check: () => void) => vi.waitFor(check, { timeout: 20_000 });

/** A room with pictures of these names in it. */
async function open(names: string[] = [], options: Partial<MockOptions> = {}): Promise<ToolRoom> {
  backend = new MockBackend({ stepDelay: 1, ...options });
  standIn(backend);
  jobs = [];
  await listen("jobChanged", (job) => {
    jobs = [...jobs.filter(({ id }) => id !== job.id), job];
  });
  await listen("jobRemoved", (removed) => {
    jobs = jobs.filter(({ id }) => id !== removed);
  });
  const room = new ToolRoom({ catalogue, jobs: () => jobs, askAbove: () => askAbove, onopen });
  backend.picks = names;
  if (names.length > 0) await room.pick();
  return room;
}

/** The price of what stands there. */
async function priced(room: ToolRoom): Promise<number> {
  await room.price.now(room.steps, room.sources.ids);
  if (room.price.state.kind !== "known") throw new Error("no price is known");
  return room.price.state.estimate.anlas;
}

beforeEach(() => {
  askAbove = null;
  onopen.mockClear();
});

describe("sources", () => {
  it("take pictures once each, and list what was refused with its reason", async () => {
    const room = await open(["a.png", "notes.txt", "mood.naiv4vibe", "a.png", "b.webp"]);
    expect(room.sources.ids).toEqual(["input-a.png", "input-b.webp"]);
    expect(room.sources.refused.map(({ name }) => name)).toEqual(["notes.txt", "mood"]);
    expect(room.sight).toMatchObject({ kind: "source", picture: { name: "a.png" } });
  });

  it("come back after they were cleared, and after the app was closed", async () => {
    const room = await open(["a.png", "b.png"]);
    room.sources.remove("input-a.png");
    expect(room.sources.ids).toEqual(["input-b.png"]);
    room.sources.bringBack();
    expect(room.sources.ids).toEqual(["input-a.png", "input-b.png"]);
    const again = new ToolRoom({ catalogue, jobs: () => [], askAbove: () => null, onopen });
    await again.sources.restore();
    expect(again.sources.ids).toEqual(room.sources.ids);
  });

  it("are brought by others, with the tool they are meant for", async () => {
    const room = await open();
    const { pictures } = backend.addFiles(["x.png", "y.png"]);
    room.openTools(pictures, "director");
    expect([room.task, room.sources.ids.length]).toEqual(["director", 2]);
    expect(onopen).toHaveBeenCalledOnce();
  });

  it("say what went wrong with a picture of the library, and lose nothing", async () => {
    const room = await open(["a.png"]);
    backend.pictureOfImage = () => Promise.reject(new IpcError({ code: "notFound", message: "Gone.", detail: null }));
    await room.openImage("i", "upscale");
    expect(room.sources.problem?.code).toBe("notFound");
    expect(room.sources.ids).toEqual(["input-a.png"]);
  });
});

describe("the click", () => {
  it("does one thing to all pictures, and leaves out those that can't take it", async () => {
    const room = await open(["a.png", "wide-2560x1440.png"]);
    expect(await priced(room)).toBe(1);
    await room.go();
    const [asked] = calls(backend, "enqueueChain") as { images: string[] }[];
    expect(asked?.images).toEqual(["input-a.png"]);
    await until(() => expect(room.lines[0]?.state.kind).toBe("done"));
    expect(room.sight).toMatchObject({ kind: "result", line: { source: "input-a.png" } });
  });

  it("is one while it is being taken", async () => {
    const room = await open(["a.png"]);
    await priced(room);
    await Promise.all([room.go(), room.go()]);
    expect(calls(backend, "enqueueChain")).toHaveLength(1);
  });

  it("queues nothing when the price has risen since it was seen", async () => {
    const room = await open(["a.png"]);
    await priced(room);
    const estimate = backend.estimateChain.bind(backend);
    backend.estimateChain = async (...asked) => ({ ...(await estimate(...asked)), anlas: 9 });
    await room.go();
    expect(room.risen).toBe(9);
    expect(calls(backend, "enqueueChain")).toEqual([]);
    await room.go();
    expect(calls(backend, "enqueueChain")).toHaveLength(1);
  });

  it("asks again above the person's limit, and a double click is no second answer", async () => {
    const room = await open(["a.png"]);
    askAbove = 10;
    room.task = "director";
    room.kind = "removeBackground";
    expect(await priced(room)).toBe(65);
    const clock = vi.spyOn(performance, "now").mockReturnValue(1000);
    await room.go();
    expect(room.limit.asking).toMatchObject({ anlas: 65, above: 10 });
    clock.mockReturnValue(1200);
    await room.go();
    expect(calls(backend, "enqueueChain")).toEqual([]);
    clock.mockReturnValue(1600);
    await room.go();
    expect(calls(backend, "enqueueChain")).toHaveLength(1);
  });

  it("says so when it could not be queued", async () => {
    const room = await open(["a.png"]);
    await priced(room);
    backend.enqueueChain = () => Promise.reject(new IpcError({ code: "diskFull", message: "Full.", detail: null }));
    await room.go();

    expect(room.failure?.code).toBe("diskFull");
  });
});

describe("the price", () => {
  it("of one tool never stands on another, and stays while a prompt is typed", async () => {
    const room = await open(["a.png"]);
    room.task = "director";
    room.kind = "colorize";
    room.priceAgain();
    await priced(room);
    const tool = room.director["colorize"];
    if (tool?.kind !== "colorize") throw new Error("no such tool");
    room.setTool({ ...tool, prompt: "red hair" });
    room.priceAgain();
    expect(room.price.state.kind).toBe("known");
    room.kind = "removeBackground";
    room.priceAgain();
    expect(room.price.state.kind).toBe("pending");
  });
});

describe("a chain", () => {
  it("takes the picture of the step before, and shows what came of the last", async () => {
    const room = await open(["a.png"]);
    room.task = "chain";
    room.chain.add(room.fresh("removeBackground"));
    room.chain.add(room.fresh("waifu2x"));
    expect(await priced(room)).toBe(65);
    await room.go();
    await until(() => expect(room.lines[0]?.state.kind).toBe("done"));
    expect(room.lines[0]?.images).toHaveLength(1);
    expect(room.progress).toBeNull();
  });

  it("ends where a step fails: what would follow is cancelled", async () => {
    const room = await open(["a.png"], { fail: "unavailable" });
    room.task = "chain";
    room.chain.use([room.fresh("lineArt"), room.fresh("lanczos")]);
    await priced(room);
    await room.go();
    await until(() => expect(room.lines[0]?.state.kind).toBe("failed"));
    expect(jobs.map(({ state }) => state.kind)).toEqual(expect.arrayContaining(["failed", "cancelled"]));
    expect(room.sight).toMatchObject({ kind: "source", line: { state: { kind: "failed" } } });
  });

  it("is kept under a name, loaded, replaced and deleted", async () => {
    const room = await open();
    const { chain } = room;
    chain.add(room.fresh("lineArt"));
    chain.add(room.fresh("colorize"));
    chain.name = "  Ink and wash ";
    expect(await chain.save()).toBe(true);
    expect([chain.name, chain.isKept]).toEqual(["Ink and wash", true]);
    const [first] = chain.placed;
    expect(first && chain.move(first.key, 1)).toBe(true);
    expect(chain.isKept).toBe(false);
    const [kept] = chain.saved;
    chain.use(kept?.steps ?? [], kept?.name);
    expect(chain.steps.map((step) => step.kind === "augment" && step.tool.kind)).toEqual(["lineArt", "colorize"]);
    await chain.forget("Ink and wash");
    expect(chain.saved).toEqual([]);
    expect(chain.steps).toHaveLength(2);
  });

  it("without a name or a step is not kept", async () => {
    const room = await open();
    room.chain.name = "Empty";
    expect(await room.chain.save()).toBe(false);
    room.chain.add(room.fresh("sketch"));
    room.chain.name = "   ";
    expect(await room.chain.save()).toBe(false);
  });
});

describe("results", () => {
  it("become the next source", async () => {
    const room = await open(["a.png"]);
    await priced(room);
    await room.go();
    await until(() => expect(room.sight.kind).toBe("result"));
    const [image = ""] = room.lines[0]?.images ?? [];
    await room.useNext(image);
    expect(room.sources.ids).toEqual(["input-a.png", `input-${image}.png`]);
    expect(room.sight).toMatchObject({ kind: "source", picture: { width: 1664, height: 2432 } });
  });

  it("that are on their way can be stopped, and those that are through put away", async () => {
    const room = await open(["a.png", "b.png"], { stepDelay: 40 });
    await priced(room);
    await room.go();
    await room.cancel(room.open);
    await until(() => expect(room.open).toEqual([]));
    expect(room.lines).toEqual([]);
    backend.options.stepDelay = 1;
    await room.go();
    await until(() => expect(room.lines.filter(({ state }) => state.kind === "done")).toHaveLength(2));
    await room.putAway(room.lines);
    await until(() => expect(room.lines).toEqual([]));
  });
});

describe("questions", () => {
  it("are answered when their job is done", async () => {
    const room = await open(["a.png"]);
    room.task = "legacy";
    room.legacy = "classify";
    await room.go();
    await until(() => {
      room.questions.follow(jobs);
      expect(room.asked?.answer).toMatchObject({ kind: "labels" });
    });
  });

  it("say where a server does not offer them, and leave nothing in the queue", async () => {
    const room = await open([], { legacy: false });
    room.task = "legacy";
    room.legacy = "writePrompt";
    room.writing.prompt = "1girl";
    await room.go();
    await until(() => {
      room.questions.follow(jobs);
      expect(room.asked?.problem?.code).toBe("notOffered");
    });
    await until(() => expect(jobs).toEqual([]));
  });
});

describe("the ways", () => {
  it("are made of the newest part, a moment after it was moved", async () => {
    const room = await open(["a.png"]);
    const [picture] = room.sources.all;
    if (!picture) throw new Error("no picture");
    room.ways.look(picture, 2, null);
    room.ways.move({ left: 10, top: 20, width: 64, height: 64 });
    room.ways.move({ left: 12, top: 20, width: 64, height: 64 });
    await until(() => expect(room.ways.made?.part.left).toBe(12));
    expect(calls(backend, "compareWays")).toHaveLength(1);
    expect([room.ways.left, room.ways.right]).toEqual(["nearest", "waifu2x"]);
  });
});
