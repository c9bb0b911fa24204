// The only door to the shell. The rest of the page calls plain functions, gets data or an `IpcError`, and never learns
// what stands behind: Tauri in the app, `mock/` in a plain browser and in tests.
//
// The shape of `bindings.ts` (what tauri-specta generates) is known to this file alone.

import { convertFileSrc } from "@tauri-apps/api/core";

import { commands, events } from "./bindings";
import type { AccountState, AppError, Estimate, GenerateRequest, ImageRecord, Job, Keep, Start } from "./bindings";

export type {
  Account,
  AccountState,
  Allowance,
  AppError,
  Catalogue,
  ErrorCode,
  Estimate,
  GenerateRequest,
  ImageRecord,
  Job,
  JobState,
  Keep,
  Limits,
  Model,
  QualityPreset,
  Size,
  SizePreset,
  Start,
  UndesiredPreset,
} from "./bindings";

/** What the shell tells without being asked. Every event carries whole values: a page that missed one is right after the next. */
export interface Told {
  jobChanged: Job;
  jobRemoved: string;
  libraryChanged: { added: ImageRecord[]; removed: string[] };
  accountChanged: AccountState;
  /** Events were lost: read everything again. */
  everythingChanged: null;
}

/** What stands behind this door. */
export interface Backend {
  start(): Promise<Start>;
  estimate(request: GenerateRequest): Promise<Estimate>;
  enqueue(id: string, request: GenerateRequest): Promise<Job>;
  cancel(id: string): Promise<void>;
  dismiss(id: string): Promise<void>;
  saveAgain(id: string): Promise<void>;
  images(before: string | null, limit: number): Promise<ImageRecord[]>;
  showInFolder(id: string): Promise<void>;
  /** Asks the person where; false: they changed their mind. */
  saveCopy(id: string): Promise<boolean>;
  signIn(token: string, keep: Keep): Promise<AccountState>;
  signOut(): Promise<AccountState>;
  refreshAccount(): Promise<AccountState>;
  saveDraft(request: GenerateRequest): Promise<void>;
  /** Resolves once the listener is in place, with the function that takes it away. */
  listen<K extends keyof Told>(event: K, listener: (told: Told[K]) => void): Promise<() => void>;
  pictureUrl(id: string): string;
  thumbnailUrl(id: string): string;
  previewUrl(job: string, step: number): string;
}

/** An `AppError` that can be thrown. */
export class IpcError extends Error implements AppError {
  readonly code: AppError["code"];
  readonly detail: string | null;

  constructor(error: AppError) {
    super(error.message);
    this.code = error.code;
    this.detail = error.detail;
  }
}

/** Whatever was thrown, as an `AppError`. */
export function asAppError(thrown: unknown): AppError {
  if (thrown instanceof IpcError) return { code: thrown.code, message: thrown.message, detail: thrown.detail };
  return { code: "internal", message: thrown instanceof Error ? thrown.message : String(thrown), detail: null };
}

type Reply<T> = { status: "ok"; data: T } | { status: "error"; error: AppError };

async function data<T>(reply: Promise<Reply<T>>): Promise<T> {
  const answer = await reply;
  if (answer.status === "error") throw new IpcError(answer.error);
  return answer.data;
}

/** For commands whose answer comes as an event. */
async function done(reply: Promise<Reply<unknown>>): Promise<void> {
  await data(reply);
}

const tauri: Backend = {
  start: () => data(commands.start()),
  estimate: (request) => data(commands.estimate(request)),
  enqueue: (id, request) => data(commands.enqueue(id, request)),
  cancel: (id) => done(commands.cancel(id)),
  dismiss: (id) => done(commands.dismiss(id)),
  saveAgain: (id) => done(commands.saveAgain(id)),
  images: (before, limit) => data(commands.images(before, limit)),
  showInFolder: (id) => done(commands.showInFolder(id)),
  saveCopy: (id) => data(commands.saveCopy(id)),
  signIn: (token, keep) => data(commands.signIn(token, keep)),
  signOut: () => data(commands.signOut()),
  refreshAccount: () => data(commands.refreshAccount()),
  saveDraft: (request) => done(commands.saveDraft(request)),
  listen: (event, listener) => listenInTauri[event](listener),
  pictureUrl: (id) => convertFileSrc(`image/${id}`, "image"),
  thumbnailUrl: (id) => convertFileSrc(`thumbnail/${id}`, "image"),
  previewUrl: (job, step) => convertFileSrc(`preview/${job}/${step}`, "image"),
};

const listenInTauri: { [K in keyof Told]: (listener: (told: Told[K]) => void) => Promise<() => void> } = {
  jobChanged: (listener) => events.jobChanged.listen(({ payload }) => listener(payload.job)),
  jobRemoved: (listener) => events.jobRemoved.listen(({ payload }) => listener(payload.id)),
  libraryChanged: (listener) => events.libraryChanged.listen(({ payload }) => listener(payload)),
  accountChanged: (listener) => events.accountChanged.listen(({ payload }) => listener(payload.account)),
  everythingChanged: (listener) => events.everythingChanged.listen(() => listener(null)),
};

let backend: Backend = tauri;

/** Puts something else behind the door: the mock, or a test's own. */
export function standIn(other: Backend): void {
  backend = other;
}

/** To be awaited before the page is drawn. A production build has nothing in it but Tauri. */
export async function connect(): Promise<void> {
  if (import.meta.env.MODE === "mock" && new URLSearchParams(location.search).has("mock")) {
    const { mockFromAddress } = await import("./mock/index");
    standIn(await mockFromAddress(location.search));
  }
}

export const start = () => backend.start();
export const estimate = (request: GenerateRequest) => backend.estimate(request);
export const enqueue = (id: string, request: GenerateRequest) => backend.enqueue(id, request);
export const cancel = (id: string) => backend.cancel(id);
export const dismiss = (id: string) => backend.dismiss(id);
export const saveAgain = (id: string) => backend.saveAgain(id);
export const images = (before: string | null, limit: number) => backend.images(before, limit);
export const showInFolder = (id: string) => backend.showInFolder(id);
export const saveCopy = (id: string) => backend.saveCopy(id);
export const signIn = (token: string, keep: Keep) => backend.signIn(token, keep);
export const signOut = () => backend.signOut();
export const refreshAccount = () => backend.refreshAccount();
export const saveDraft = (request: GenerateRequest) => backend.saveDraft(request);
export const listen: Backend["listen"] = (event, listener) => backend.listen(event, listener);

export const pictureUrl = (id: string) => backend.pictureUrl(id);
export const thumbnailUrl = (id: string) => backend.thumbnailUrl(id);
/** The step only makes the address new; what comes is the newest preview. */
export const previewUrl = (job: string, step: number) => backend.previewUrl(job, step);
