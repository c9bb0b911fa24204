// The mock, set up from the page's address: `?mock&images=12&fail=offline&keychain=missing&step=40&server=novelai`.
// It is in no production build.

import { REQUEST } from "../../test/values";
import type {
  BrokenFile,
  ErrorCode,
  GenerateRequest,
  ImageRecord,
  Job,
  LibraryFolder,
  Preset,
  PresetColour,
} from "../index";
import { ACCOUNT, MockBackend } from "./backend";
import { rework } from "./darkroom";
import { folder } from "./library";
import { paint } from "./painter";
import { SETTINGS } from "./presets";
import { ALONE } from "./queue";

const SHAPES: [number, number][] = [
  [832, 1216],
  [1216, 832],
  [832, 1216],
  [1024, 1024],
];

const DAY = 86_400_000;

/** Pictures of the last days, newest first. */
export function pastImages(count: number): ImageRecord[] {
  return Array.from({ length: count }, (_, index) => {
    const [width, height] = SHAPES[index % SHAPES.length] ?? [832, 1216];
    const seed = 1_487_220_913 + index * 7919;
    return {
      id: `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`,
      job: null,
      fileName: `2026-11-22/20-4${index % 10}-07-${seed}-1.png`,
      width,
      height,
      seed,
      model: "nai-diffusion-5-full",
      prompt: "no humans, dusk, layered hills, low sun, mist over the valley",
      created: Date.now() - (index < 4 ? index * 60_000 : Math.floor(index / 4) * DAY),
      format: "png",
      parent: null,
      kind: index % 9 === 4 ? "inpaint" : "text",
      rating: index % 5 === 0 ? 5 : index % 7 === 3 ? 3 : 0,
      mark: null,
    };
  });
}

const TINTS: (PresetColour | null)[] = [null, "teal", "orange", null, "violet", "pink"];
const NAMES = ["Rain in neon", "夕暮れの谷", "Tea on the sill", "Ink and wash", "Quiet portrait", "Field of stars"];

/** Presets of a person, some of them in folders. */
export function somePresets(count: number, faces: readonly string[] = []): Preset[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `preset-${index}`,
    name: `${NAMES[index % NAMES.length] ?? ""}${index < NAMES.length ? "" : ` ${Math.floor(index / NAMES.length) + 1}`}`,
    folder: index % 5 < 2 ? "" : index % 5 === 2 ? "Places" : "Styles",
    colour: TINTS[index % TINTS.length] ?? null,
    face: index % 3 === 0 ? (faces[index % Math.max(1, faces.length)] ?? null) : null,
    parts: index % 4 === 3 ? ["settings", "size"] : ["prompt", "undesired", "settings", "size"],
    request: {
      ...REQUEST,
      prompt: { ...REQUEST.prompt, text: "no humans, dusk, layered hills, low sun, mist", undesired: "crowd, text" },
      size: { width: 1216, height: 832 },
      sampling: { ...REQUEST.sampling, steps: 28, guidance: 5.5, sampler: "k_euler" },
    },
    builtIn: false,
  }));
}

function failedJob(code: ErrorCode, unsettled: boolean): Job {
  const error = { code, message: "What the server said.", detail: "HTTP 500, correlation id 7fc2a1" };
  return {
    id: crypto.randomUUID(),
    work: { kind: "generate", request: REQUEST, written: null },
    server: "sandbox",
    anlas: 26,
    created: Date.now(),
    state: unsettled ? { kind: "unsettled", error, anlasBefore: 9672, anlasAfter: 9646 } : { kind: "failed", error },
    ...ALONE,
    verdict: unsettled ? { kind: "chargedAndLost", anlas: 26 } : null,
  };
}

/** One of a queue with a bit of everything. */
function waitingJob(at: number): Job {
  const prompts = [
    "1girl, silver hair, night city, ||wet|dry|| street",
    "a lighthouse in a storm",
    "layered hills, fog",
  ];
  const prompt = prompts[at % prompts.length] ?? "";
  const drawn = prompt.replace("||wet|dry||", "wet");
  const request = { ...REQUEST, prompt: { ...REQUEST.prompt, text: drawn } };
  const sampling = { ...REQUEST.sampling, seed: 1_000_000 + at * 7919 };
  const characters: [] = [];
  const written = drawn === prompt ? null : { prompt, undesired: "", characters };
  return {
    id: `waiting-${at}`,
    work: { kind: "generate", request: { ...request, sampling }, written },
    server: "sandbox",
    anlas: at % 5 === 3 ? 20 : 0,
    created: Date.now(),
    state: { kind: "queued", retryAt: null },
    ...ALONE,
    held: at === 3 ? { kind: "cap", per: "day", anlas: 20, spent: 186, cap: 200 } : null,
    pauseAfter: at === 4,
  };
}

/** A library in several folders, with names in several scripts, one of them not there. */
function someFolders(): LibraryFolder[] {
  return [
    folder(0, "/home/mira/Pictures/Atelier", 1204, { missing: 3 }),
    folder(1, "/media/mira/Sicherungskopien der Bildersammlung 2022–2025/NovelAI-Veröffentlichungen", 48_310, {
      state: "unreachable",
    }),
    folder(2, "/mnt/nas/月光の下で紫陽花を抱えて微笑む少女たちの記録アルバム", 912, { state: "readOnly" }),
  ];
}

function someBroken(): BrokenFile[] {
  return [
    { place: { folder: 0, fileName: "2025-03/cut.png" }, reason: "The picture is cut or damaged.", image: "image-1" },
    {
      place: { folder: 1, fileName: "Wiederherstellungsversuche/月光の下で紫陽花を抱えて微笑む少女.png" },
      reason: "This is no picture, whatever its name says.",
      image: null,
    },
  ];
}

declare global {
  interface Window {
    /** For the Chromium lane: what the page asked for. */
    atelierMock?: MockBackend;
  }
}

export async function mockFromAddress(address: string): Promise<MockBackend> {
  const asked = new URLSearchParams(address);
  const number = (name: string, otherwise: number) => Number(asked.get(name) ?? otherwise);
  const server = asked.get("server");
  const keychain = asked.get("keychain");
  const failed = asked.get("failed") as ErrorCode | null;
  const prompt = asked.get("prompt");
  const draft = asked.get("draft");
  const images = pastImages(number("images", 0));
  const backend = new MockBackend({
    server: server === "novelai" || server === "custom" ? server : "sandbox",
    account: asked.has("poor") ? { ...ACCOUNT, tier: "tablet", anlas: 12, allowance: null } : ACCOUNT,
    problem: asked.has("problem")
      ? { code: asked.get("problem") as ErrorCode, message: "What the system said.", detail: null }
      : null,
    stepDelay: number("step", 90),
    fail: asked.get("fail") as ErrorCode | null,
    unsettled: asked.has("unsettled"),
    busy: number("busy", 0),
    keychain: keychain === "missing" || keychain === "locked" ? keychain : "open",
    images,
    jobs: [
      ...(failed ? [failedJob(failed, asked.has("unsettled"))] : []),
      ...Array.from({ length: number("queued", 0) }, (_, at) => waitingJob(at)),
    ],
    paused: asked.has("paused"),
    draft:
      prompt === null && draft === null
        ? null
        : {
            ...REQUEST,
            prompt: { ...REQUEST.prompt, text: prompt ?? "" },
            ...(JSON.parse(draft ?? "{}") as Partial<GenerateRequest>),
          },
    recovered: number("recovered", 0),
    modelsRefused: asked.get("modelsRefused"),
    settings: {
      ...SETTINGS,
      askAbove: asked.has("askAbove") ? number("askAbove", 0) : null,
      sizes: asked.has("sizes")
        ? [
            { name: "Banner", width: 1536, height: 640 },
            { name: "Phone", width: 704, height: 1472 },
          ]
        : [],
    },
    legacy: asked.get("legacy") !== "missing",
    paint,
  });
  if (asked.has("folders")) backend.library.folderList = someFolders();
  if (asked.has("broken")) backend.library.brokenFiles = someBroken();
  backend.rework = rework;
  backend.picks = (asked.get("picks") ?? "").split(",").filter(Boolean);
  for (const { id, seed, width, height } of images) {
    const address = await paint(seed ?? 1, width, height, 1);
    backend.show(id, address);
    backend.showInput(id, address);
  }
  const stock = somePresets(
    number("presets", 0),
    images.map(({ id }) => id),
  );
  backend.stock(stock, {
    base: REQUEST,
    broken: asked.has("broken") ? [{ fileName: "old-style.json", reason: "line 4: this is no preset" }] : [],
    default: asked.has("presets") ? "preset-1" : null,
  });
  for (const name of (asked.get("inputs") ?? "").split(",").filter(Boolean)) {
    const { pictures } = backend.addFiles([name]);
    for (const { id, width, height } of pictures) backend.showInput(id, await paint(id.length * 31, width, height, 1));
  }
  window.atelierMock = backend;
  return backend;
}
