// The only door to the shell. The rest of the page calls plain functions, gets data or an `IpcError`, and never learns
// what stands behind: Tauri in the app, `mock/` in a plain browser and in tests.
//
// The shape of `bindings.ts` (what tauri-specta generates) is known to this file alone.

import { convertFileSrc, invoke } from "@tauri-apps/api/core";

import { commands, events } from "./bindings";
import type {
  Batch,
  BatchEstimate,
  BatchLine,
  BatchPlan,
  Choice,
  Ledger,
  QueueList,
  QueueState,
  BrokenPage,
  Change,
  Changed,
  Chosen,
  Difference,
  Emptied,
  Exported,
  ExportKind,
  ExportProgress,
  FilePlace,
  FolderLook,
  Found,
  Grouping,
  Indexing,
  LibraryFolder,
  NamesPreview,
  PictureDetails,
  Relative,
  SavedSearch,
  SearchOffers,
  Sorting,
  Statistics,
  Trashed,
  TrashPage,
  AccountState,
  Added,
  Adopted,
  Answer,
  AppError,
  Carried,
  ChainEstimate,
  Completions,
  Delivered,
  Dragging,
  Drawn,
  Dropped,
  EachEstimate,
  Edges,
  Edited,
  EnhancedTo,
  Estimate,
  FileFormat,
  Fit,
  FollowUp,
  GenerateRequest,
  Handover,
  ImageRecord,
  Job,
  Keep,
  Look,
  OpenEdit,
  Pick,
  PictureInfo,
  PictureSettings,
  Preset,
  PresetImport,
  PresetPart,
  PresetPreview,
  PresetShelf,
  PromptFile,
  PromptPlace,
  Proof,
  Question,
  Rect,
  Reference,
  Repaint,
  RepaintSettings,
  SavedChain,
  Settings,
  Size,
  Start,
  Step,
  TagImport,
  Vibe,
  VibeState,
  ComparedWay,
  Comparison,
} from "./bindings";

export type {
  Axis,
  Batch,
  BatchEstimate,
  BatchLine,
  BatchPlan,
  BatchRefusal,
  BatchResult,
  SeedRule,
  BatchCell,
  Choice,
  Drift,
  Hold,
  Ledger,
  LedgerLine,
  Paid,
  QueueList,
  QueueState,
  SpendingRules,
  Spent,
  Verdict,
  WhenAllowanceEnds,
  Account,
  AccountState,
  Added,
  Adopted,
  Allowance,
  Annotator,
  Answer,
  AppError,
  BrokenPreset,
  Canvas,
  Carried,
  CarriedField,
  CarryNote,
  Catalogue,
  Chain,
  ChainEstimate,
  ChainPicture,
  Character,
  Completion,
  Completions,
  Delivered,
  Delivery,
  Dragging,
  Draw,
  Drawn,
  Dropped,
  EachEstimate,
  EachPicture,
  Edit,
  Edited,
  EditState,
  EnhancedTo,
  ErrorCode,
  Estimate,
  FileFormat,
  Fit,
  Fix,
  FollowUp,
  GenerateRequest,
  Handover,
  ImageFormat,
  ImageRecord,
  Job,
  JobState,
  Keep,
  Kinds,
  Limits,
  LocalWay,
  Look,
  Luggage,
  MadeWith,
  Model,
  ModelId,
  OpenEdit,
  OwnSize,
  OwnTexts,
  PictureId,
  Pick,
  PictureInfo,
  PictureSettings,
  Point,
  Position,
  PreciseReference,
  Preset,
  PresetChange,
  PresetColour,
  PresetImport,
  PresetPart,
  PresetPreview,
  PresetShelf,
  PriceKind,
  PricePart,
  PromptFile,
  PromptPlace,
  PromptProblem,
  PromptRule,
  Proof,
  QualityPreset,
  Question,
  Rect,
  Reference,
  ReferenceKind,
  References,
  ReferenceSource,
  RefusedFile,
  SavedChain,
  Settings,
  Severity,
  ShareSettings,
  Size,
  SizePreset,
  Smea,
  Source,
  Span,
  SpanKind,
  Start,
  Step,
  TagCategory,
  TagImport,
  Take,
  TokenCount,
  Tool,
  Trace,
  TraceKind,
  Transport,
  UndesiredPreset,
  Vibe,
  VibeInfo,
  VibeState,
  ComparedWay,
  Comparison,
} from "./bindings";

export type {
  BrokenFile,
  BrokenPage,
  Change,
  Changed,
  ChangeKind,
  Chosen,
  Emptied,
  Exported,
  ExportKind,
  ExportProgress,
  Facet,
  FacetField,
  FacetValue,
  FilePlace,
  FolderLook,
  Found,
  FoundGroup,
  Grouping,
  Indexing,
  LibraryFolder,
  NameProblem,
  NamesPreview,
  Difference,
  Kind,
  Mark,
  PictureDetails,
  Relative,
  SavedSearch,
  Statistics,
  WorkDay,
  SearchOffer,
  SearchOffers,
  SearchProblem,
  SearchProblemKind,
  Sorting,
  Trashed,
  TrashedPicture,
  TrashPage,
} from "./bindings";

/** What the shell tells without being asked. Every event carries whole values: a page that missed one is right after the next. */
export interface Told {
  jobChanged: Job;
  jobRemoved: string;
  queueChanged: QueueState;
  libraryChanged: { added: ImageRecord[]; removed: string[] };
  /** What is said of these has changed; of many, the first few hundred are told of. */
  picturesChanged: ImageRecord[];
  indexingChanged: Indexing;
  foldersChanged: LibraryFolder[];
  accountChanged: AccountState;
  dragging: Dragging;
  dropped: Dropped;
  editChanged: OpenEdit;
  exportChanged: ExportProgress;
  /** Events were lost: read everything again. */
  everythingChanged: null;
}

/** The library: looking for pictures, what is said of them, and the trash. */
export interface LibraryBackend {
  /** Stacked, pictures of one recipe stand one after the other. */
  search(text: string, grouping: Grouping, stacked: boolean): Promise<Found>;
  pictures(search: number, from: number, count: number): Promise<ImageRecord[]>;
  /** Little endian: the seconds in which all were made (u32 each), then all widths, then all heights (u16 each). */
  shapes(search: number): Promise<ArrayBuffer>;
  /** Eight bytes a stack, little endian: the place of its first picture, and how many it has (u32 each). */
  stacks(search: number): Promise<ArrayBuffer>;
  /** What a picture was made of, and all that came of that; each after its parent. */
  family(id: string): Promise<Relative[]>;
  alike(id: string): Promise<Found>;
  statistics(): Promise<Statistics>;
  /** Where pictures stand, at most five hundred; null: it is not in it. */
  placesOf(search: number, images: string[]): Promise<(number | null)[]>;
  completeSearch(text: string, at: number): Promise<SearchOffers>;
  savedSearches(): Promise<SavedSearch[]>;
  saveSearch(search: SavedSearch): Promise<SavedSearch[]>;
  deleteSearch(name: string): Promise<SavedSearch[]>;
  change(chosen: Chosen, change: Change): Promise<Changed>;
  undo(): Promise<Changed | null>;
  redo(): Promise<Changed | null>;
  details(id: string): Promise<PictureDetails>;
  albums(): Promise<string[]>;
  createAlbum(name: string): Promise<string[]>;
  renameAlbum(from: string, to: string): Promise<Changed>;
  deleteAlbum(name: string): Promise<Changed>;
  labels(): Promise<string[]>;
  /** The albums and the labels of pictures, each with how many of them have it. */
  sortingOf(chosen: Chosen): Promise<Sorting>;
  /** What is different in how one picture was made from how another was. */
  differences(from: string, to: string): Promise<Difference[]>;
  trash(chosen: Chosen): Promise<Trashed>;
  /** Null: all that is in the trash. */
  restore(ids: string[] | null): Promise<Changed>;
  /** Those that went before one, the latest first. */
  trashed(before: string | null, limit: number): Promise<TrashPage>;
  emptyTrash(ids: string[] | null, forGood: boolean): Promise<Emptied>;
  /** Null: the person changed their mind. */
  exportPictures(id: string, chosen: Chosen, how: Handover, kind: ExportKind): Promise<Exported | null>;
  cancelExport(id: string): Promise<void>;
  indexing(): Promise<Indexing>;
  pauseIndexing(paused: boolean): Promise<Indexing>;
  /** Those behind a place, by folder and path. */
  broken(after: FilePlace | null, limit: number): Promise<BrokenPage>;
  /** The one where new pictures go first. */
  folders(): Promise<LibraryFolder[]>;
  /** Null: the person changed their mind. */
  pickFolder(): Promise<LibraryFolder[] | null>;
  /** Its files stay where they are. */
  removeFolder(id: number): Promise<LibraryFolder[]>;
  lookAtFolders(): Promise<FolderLook>;
  /** What a template would make of the names of the newest pictures. */
  previewNames(template: string): Promise<NamesPreview>;
}

/** What stands behind this door. */
export interface Backend {
  readonly library: LibraryBackend;
  start(): Promise<Start>;
  estimate(request: GenerateRequest): Promise<Estimate>;
  enqueue(id: string, request: GenerateRequest): Promise<Job>;
  estimateEach(request: GenerateRequest, pictures: string[]): Promise<EachEstimate>;
  enqueueEach(id: string, request: GenerateRequest, pictures: string[]): Promise<Job[]>;
  addToLibrary(pictures: string[]): Promise<Adopted>;
  enhanceRequest(image: string, magnitude: number, to: EnhancedTo, draft: GenerateRequest): Promise<FollowUp>;
  variationsRequest(image: string, draft: GenerateRequest): Promise<FollowUp>;
  cancel(id: string): Promise<void>;
  dismiss(id: string): Promise<void>;
  saveAgain(id: string): Promise<void>;
  queueState(): Promise<QueueState>;
  /** A notification of the desktop, if the window is elsewhere. Whether there was one. */
  tellOfEnd(title: string, body: string, image: string | null): Promise<boolean>;
  listedJobs(list: QueueList, offset: number, limit: number): Promise<Job[]>;
  pauseQueue(paused: boolean): Promise<void>;
  pauseAfter(id: string, pause: boolean): Promise<void>;
  /** Puts queued jobs before another one; null: at the end. */
  moveJobs(ids: string[], before: string | null): Promise<void>;
  editJob(id: string, request: GenerateRequest): Promise<Job>;
  agreeToJob(id: string): Promise<void>;
  duplicateJob(id: string, copy: string): Promise<Job>;
  retryJob(id: string): Promise<Job>;
  settleJob(id: string, choice: Choice): Promise<void>;
  cancelAll(onTheirWay: boolean): Promise<number>;
  clearEnded(): Promise<void>;
  ledger(since: string): Promise<Ledger>;
  estimateBatch(plan: BatchPlan): Promise<BatchEstimate>;
  /** How many jobs it has. */
  enqueueBatch(id: string, plan: BatchPlan): Promise<number>;
  batches(): Promise<BatchLine[]>;
  batch(id: string): Promise<Batch>;
  /** False: the person changed their mind. */
  saveContactSheet(id: string): Promise<boolean>;
  /** The number of cells that are over only makes the address new. */
  sheetUrl(id: string, over: number): string;
  images(before: string | null, limit: number): Promise<ImageRecord[]>;
  showInFolder(id: string): Promise<void>;
  /** Makes the file that would be handed out, reads it again, and tells what is in it. */
  lookAtShare(id: string, how: Handover): Promise<Proof>;
  shareName(template: string, id: string | null, format: FileFormat | null): Promise<string>;
  /** Asks the person where; null: they changed their mind. */
  savePictures(ids: string[], how: Handover): Promise<Delivered | null>;
  copyPicture(id: string, how: Handover): Promise<Proof>;
  /** While the button is still pressed. */
  dragOut(ids: string[], how: Handover): Promise<Proof[]>;
  editIn(id: string): Promise<OpenEdit>;
  endEdit(id: string): Promise<void>;
  openEdits(): Promise<OpenEdit[]>;
  /** The name of the editor that was chosen; null: the system's program. */
  editor(): Promise<string | null>;
  chooseEditor(): Promise<string | null>;
  forgetEditor(): Promise<void>;
  signIn(token: string, keep: Keep): Promise<AccountState>;
  signOut(): Promise<AccountState>;
  refreshAccount(): Promise<AccountState>;
  saveDraft(request: GenerateRequest): Promise<void>;
  lookAtPrompt(request: GenerateRequest, place: PromptPlace): Promise<Look>;
  complete(request: GenerateRequest, place: PromptPlace, at: number): Promise<Completions>;
  completeOnline(request: GenerateRequest, place: PromptPlace, at: number): Promise<Completions>;
  nudgeWeight(model: string, edited: Edited, up: boolean): Promise<Edited | null>;
  toggleSegment(edited: Edited): Promise<Edited>;
  drawPrompt(request: GenerateRequest): Promise<Drawn>;
  promptFiles(): Promise<PromptFile[]>;
  saveSnippet(name: string, text: string): Promise<PromptFile[]>;
  deleteSnippet(name: string): Promise<PromptFile[]>;
  showPromptFiles(): Promise<void>;
  importTags(): Promise<TagImport | null>;
  switchModel(request: GenerateRequest, model: string): Promise<Carried>;
  wireRequest(request: GenerateRequest): Promise<string>;
  sentDrafts(limit: number): Promise<GenerateRequest[]>;
  saveSettings(settings: Settings): Promise<Settings>;
  presets(): Promise<PresetShelf>;
  savePreset(preset: Preset): Promise<PresetShelf>;
  deletePreset(id: string): Promise<PresetShelf>;
  arrangePresets(ids: string[]): Promise<PresetShelf>;
  setDefaultPreset(id: string | null): Promise<PresetShelf>;
  previewPreset(id: string, parts: PresetPart[], request: GenerateRequest): Promise<PresetPreview>;
  exportPresets(ids: string[]): Promise<boolean>;
  importPresets(): Promise<PresetImport | null>;
  readSettings(picture: string): Promise<PictureSettings | null>;
  previewSettings(
    told: GenerateRequest,
    parts: PresetPart[],
    seed: number | null,
    request: GenerateRequest,
  ): Promise<PresetPreview>;
  pickFiles(pick: Pick): Promise<Added>;
  pictureOfImage(id: string): Promise<PictureInfo>;
  pictureInfo(ids: string[]): Promise<(PictureInfo | null)[]>;
  vibeStates(request: GenerateRequest): Promise<VibeState[]>;
  exportVibes(vibes: Vibe[]): Promise<boolean>;
  references(): Promise<Reference[]>;
  saveReference(reference: Reference): Promise<Reference[]>;
  forgetReference(id: string): Promise<Reference[]>;
  toolChains(): Promise<SavedChain[]>;
  saveToolChain(chain: SavedChain): Promise<SavedChain[]>;
  deleteToolChain(name: string): Promise<SavedChain[]>;
  estimateChain(steps: Step[], images: string[]): Promise<ChainEstimate>;
  enqueueChain(id: string, steps: Step[], images: string[]): Promise<Job[]>;
  enqueueQuestion(id: string, question: Question): Promise<Job>;
  jobAnswer(id: string): Promise<Answer>;
  compareWays(image: string, crop: Rect, scale: number, noise: number | null): Promise<Comparison>;
  /** A part of a picture as one of the ways makes it. */
  wayUrl(ways: number, way: ComparedWay): string;
  /** Keeps a picture, or the vibes of a file, that the page has bytes of: pasted, or painted. */
  addPicture(bytes: ArrayBuffer, name: string): Promise<Added>;
  /** A picture from outside as it is; small; or laid on black as a precise reference is sent. */
  inputUrl(id: string, as: "whole" | "small" | "precise"): string;
  /** A picture from outside exactly as it is sent to start from; `clear`: its transparency stays. */
  sourceUrl(id: string, fit: Fit, size: Size, clear: boolean): string;
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

/** The bytes travel as they are, beside a name in a header. */
async function addedPicture(bytes: ArrayBuffer, name: string): Promise<Added> {
  try {
    return await invoke<Added>("add_picture", bytes, { headers: { "x-name": encodeURIComponent(name) } });
  } catch (thrown) {
    throw thrown instanceof Error ? thrown : new IpcError(thrown as AppError);
  }
}

const CANVAS = "x-canvas";

/** A command that takes or gives bytes, with a few words in its headers. */
async function raw<T>(command: string, body: Uint8Array<ArrayBuffer>, headers: Record<string, string>): Promise<T> {
  try {
    return await invoke<T>(command, body, { headers });
  } catch (thrown) {
    throw thrown instanceof Error ? thrown : new IpcError(thrown as AppError);
  }
}

const NOTHING = new Uint8Array();

async function bytesOf(command: string, canvas: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await raw<ArrayBuffer>(command, NOTHING, { [CANVAS]: canvas }));
}

/** The canvas: pictures that are painted on. Masks travel as bytes. */
export const canvases = {
  open: (picture: string) => data(commands.openCanvas(picture)),
  mask: (canvas: string) => bytesOf("canvas_mask", canvas),
  async saveMask(canvas: string, runs: Uint8Array<ArrayBuffer>, size: Size, edges: Edges): Promise<void> {
    const { left, top, right, bottom } = edges;
    const numbers = [size.width, size.height, left, top, right, bottom].join(",");
    await raw<null>("save_canvas_mask", runs, { [CANVAS]: canvas, "x-size": numbers });
  },
  saveSettings: (canvas: string, settings: RepaintSettings) => done(commands.saveCanvasSettings(canvas, settings)),
  exportMask: (canvas: string) => data(commands.exportMask(canvas)),
  /** A byte a pixel; nothing: the person changed their mind. */
  importMask: (canvas: string) => bytesOf("import_mask", canvas),
  look: (repaint: Repaint, draft: GenerateRequest) => data(commands.lookAtRepaint(repaint, draft)),
  enqueue: (id: string, repaint: Repaint, draft: GenerateRequest) => data(commands.enqueueRepaint(id, repaint, draft)),
  takes: (canvas: string) => data(commands.canvasTakes(canvas)),
  keep: (canvas: string, take: string) => data(commands.keepTake(canvas, take)),
  reject: (canvas: string, take: string) => done(commands.rejectTake(canvas, take)),
  /** A picture of a look: what would be sent. */
  lookUrl: (look: number, which: "picture" | "mask") => convertFileSrc(`canvas/${look}/${which}`, "image"),
};

const tauriLibrary: LibraryBackend = {
  search: (text, grouping, stacked) => data(commands.searchLibrary(text, grouping, stacked)),
  pictures: (search, from, count) => data(commands.foundPictures(search, from, count)),
  shapes: (search) => raw<ArrayBuffer>("found_shapes", NOTHING, { "x-search": String(search) }),
  stacks: (search) => raw<ArrayBuffer>("found_stacks", NOTHING, { "x-search": String(search) }),
  family: (id) => data(commands.family(id)),
  alike: (id) => data(commands.searchAlike(id)),
  statistics: () => data(commands.statistics()),
  placesOf: (search, images) => data(commands.placesInFound(search, images)),
  completeSearch: (text, at) => data(commands.completeSearch(text, at)),
  savedSearches: () => data(commands.savedSearches()),
  saveSearch: (search) => data(commands.saveSearch(search)),
  deleteSearch: (name) => data(commands.deleteSearch(name)),
  change: (chosen, change) => data(commands.changePictures(chosen, change)),
  undo: () => data(commands.undoChange()),
  redo: () => data(commands.redoChange()),
  details: (id) => data(commands.pictureDetails(id)),
  albums: () => data(commands.albums()),
  createAlbum: (name) => data(commands.createAlbum(name)),
  renameAlbum: (from, to) => data(commands.renameAlbum(from, to)),
  deleteAlbum: (name) => data(commands.deleteAlbum(name)),
  trash: (chosen) => data(commands.trashPictures(chosen)),
  restore: (ids) => data(commands.restorePictures(ids)),
  labels: () => data(commands.labels()),
  sortingOf: (chosen) => data(commands.sortingOf(chosen)),
  differences: (from, to) => data(commands.pictureDifferences(from, to)),
  trashed: (before, limit) => data(commands.trashed(before, limit)),
  emptyTrash: (ids, forGood) => data(commands.emptyTrash(ids, forGood)),
  indexing: () => data(commands.indexing()),
  pauseIndexing: (paused) => data(commands.pauseIndexing(paused)),
  broken: (after, limit) => data(commands.brokenFiles(after, limit)),
  folders: () => data(commands.libraryFolders()),
  pickFolder: () => data(commands.pickLibraryFolder()),
  removeFolder: (id) => data(commands.removeLibraryFolder(id)),
  lookAtFolders: () => data(commands.lookAtFolders()),
  previewNames: (template) => data(commands.previewNames(template)),
  exportPictures: (id, chosen, how, kind) => data(commands.exportPictures(id, chosen, how, kind)),
  cancelExport: (id) => done(commands.cancelExport(id)),
};

const tauri: Backend = {
  library: tauriLibrary,
  start: () => data(commands.start()),
  estimate: (request) => data(commands.estimate(request)),
  enqueue: (id, request) => data(commands.enqueue(id, request)),
  estimateEach: (request, pictures) => data(commands.estimateEach(request, pictures)),
  enqueueEach: (id, request, pictures) => data(commands.enqueueEach(id, request, pictures)),
  addToLibrary: (pictures) => data(commands.addToLibrary(pictures)),
  enhanceRequest: (image, magnitude, to, draft) => data(commands.enhanceRequest(image, magnitude, to, draft)),
  variationsRequest: (image, draft) => data(commands.variationsRequest(image, draft)),
  cancel: (id) => done(commands.cancel(id)),
  dismiss: (id) => done(commands.dismiss(id)),
  saveAgain: (id) => done(commands.saveAgain(id)),
  queueState: () => data(commands.queueState()),
  tellOfEnd: (title, body, image) => data(commands.tellOfEnd(title, body, image)),
  listedJobs: (list, offset, limit) => data(commands.listedJobs(list, offset, limit)),
  pauseQueue: (paused) => done(commands.pauseQueue(paused)),
  pauseAfter: (id, pause) => done(commands.pauseAfter(id, pause)),
  moveJobs: (ids, before) => done(commands.moveJobs(ids, before)),
  editJob: (id, request) => data(commands.editJob(id, request)),
  agreeToJob: (id) => done(commands.agreeToJob(id)),
  duplicateJob: (id, copy) => data(commands.duplicateJob(id, copy)),
  retryJob: (id) => data(commands.retryJob(id)),
  settleJob: (id, choice) => done(commands.settleJob(id, choice)),
  cancelAll: (onTheirWay) => data(commands.cancelAll(onTheirWay)),
  clearEnded: () => done(commands.clearEnded()),
  ledger: (since) => data(commands.ledger(since)),
  estimateBatch: (plan) => data(commands.estimateBatch(plan)),
  enqueueBatch: (id, plan) => data(commands.enqueueBatch(id, plan)),
  batches: () => data(commands.batches()),
  batch: (id) => data(commands.batch(id)),
  saveContactSheet: (id) => data(commands.saveContactSheet(id)),
  sheetUrl: (id, over) => convertFileSrc(`sheet/${id}/${over}`, "image"),
  images: (before, limit) => data(commands.images(before, limit)),
  showInFolder: (id) => done(commands.showInFolder(id)),
  lookAtShare: (id, how) => data(commands.lookAtShare(id, how)),
  shareName: (template, id, format) => data(commands.shareName(template, id, format)),
  savePictures: (ids, how) => data(commands.savePictures(ids, how)),
  copyPicture: (id, how) => data(commands.copyPicture(id, how)),
  dragOut: (ids, how) => data(commands.dragOut(ids, how)),
  editIn: (id) => data(commands.editIn(id)),
  endEdit: (id) => done(commands.endEdit(id)),
  openEdits: () => data(commands.openEdits()),
  editor: () => data(commands.editor()),
  chooseEditor: () => data(commands.chooseEditor()),
  forgetEditor: () => done(commands.forgetEditor()),
  signIn: (token, keep) => data(commands.signIn(token, keep)),
  signOut: () => data(commands.signOut()),
  refreshAccount: () => data(commands.refreshAccount()),
  saveDraft: (request) => done(commands.saveDraft(request)),
  lookAtPrompt: (request, place) => data(commands.lookAtPrompt(request, place)),
  complete: (request, place, at) => data(commands.complete(request, place, at)),
  completeOnline: (request, place, at) => data(commands.completeOnline(request, place, at)),
  nudgeWeight: (model, edited, up) => data(commands.nudgeWeight(model, edited, up)),
  toggleSegment: (edited) => data(commands.toggleSegment(edited)),
  drawPrompt: (request) => data(commands.drawPrompt(request)),
  promptFiles: () => data(commands.promptFiles()),
  saveSnippet: (name, text) => data(commands.saveSnippet(name, text)),
  deleteSnippet: (name) => data(commands.deleteSnippet(name)),
  showPromptFiles: () => done(commands.showPromptFiles()),
  importTags: () => data(commands.importTags()),
  switchModel: (request, model) => data(commands.switchModel(request, model)),
  wireRequest: (request) => data(commands.wireRequest(request)),
  sentDrafts: (limit) => data(commands.sentDrafts(limit)),
  saveSettings: (settings) => data(commands.saveSettings(settings)),
  presets: () => data(commands.presets()),
  savePreset: (preset) => data(commands.savePreset(preset)),
  deletePreset: (id) => data(commands.deletePreset(id)),
  arrangePresets: (ids) => data(commands.arrangePresets(ids)),
  setDefaultPreset: (id) => data(commands.setDefaultPreset(id)),
  previewPreset: (id, parts, request) => data(commands.previewPreset(id, parts, request)),
  exportPresets: (ids) => data(commands.exportPresets(ids)),
  importPresets: () => data(commands.importPresets()),
  readSettings: (picture) => data(commands.readSettings(picture)),
  previewSettings: (told, parts, seed, request) => data(commands.previewSettings(told, parts, seed, request)),
  pickFiles: (pick) => data(commands.pickFiles(pick)),
  pictureOfImage: (id) => data(commands.pictureOfImage(id)),
  pictureInfo: (ids) => data(commands.pictureInfo(ids)),
  vibeStates: (request) => data(commands.vibeStates(request)),
  exportVibes: (vibes) => data(commands.exportVibes(vibes)),
  references: () => data(commands.references()),
  saveReference: (reference) => data(commands.saveReference(reference)),
  forgetReference: (id) => data(commands.forgetReference(id)),
  toolChains: () => data(commands.toolChains()),
  saveToolChain: (chain) => data(commands.saveToolChain(chain)),
  deleteToolChain: (name) => data(commands.deleteToolChain(name)),
  estimateChain: (steps, images) => data(commands.estimateChain(steps, images)),
  enqueueChain: (id, steps, images) => data(commands.enqueueChain(id, steps, images)),
  enqueueQuestion: (id, question) => data(commands.enqueueQuestion(id, question)),
  jobAnswer: (id) => data(commands.jobAnswer(id)),
  compareWays: (image, crop, scale, noise) => data(commands.compareWays(image, crop, scale, noise)),
  wayUrl: (ways, way) => convertFileSrc(`ways/${ways}/${way}`, "image"),
  addPicture: (bytes, name) => addedPicture(bytes, name),
  inputUrl: (id, as) => convertFileSrc(`input/${as}/${id}`, "image"),
  sourceUrl: (id, fit, { width, height }, clear) =>
    convertFileSrc(`source/${fit}-${width}-${height}${clear ? "-clear" : ""}/${id}`, "image"),
  listen: (event, listener) => listenInTauri[event](listener),
  pictureUrl: (id) => convertFileSrc(`image/${id}`, "image"),
  thumbnailUrl: (id) => convertFileSrc(`thumbnail/${id}`, "image"),
  previewUrl: (job, step) => convertFileSrc(`preview/${job}/${step}`, "image"),
};

const listenInTauri: { [K in keyof Told]: (listener: (told: Told[K]) => void) => Promise<() => void> } = {
  jobChanged: (listener) => events.jobChanged.listen(({ payload }) => listener(payload.job)),
  jobRemoved: (listener) => events.jobRemoved.listen(({ payload }) => listener(payload.id)),
  queueChanged: (listener) => events.queueChanged.listen(({ payload }) => listener(payload.queue)),
  libraryChanged: (listener) => events.libraryChanged.listen(({ payload }) => listener(payload)),
  picturesChanged: (listener) => events.picturesChanged.listen(({ payload }) => listener(payload.changed)),
  indexingChanged: (listener) => events.indexingChanged.listen(({ payload }) => listener(payload.indexing)),
  foldersChanged: (listener) => events.foldersChanged.listen(({ payload }) => listener(payload.folders)),
  accountChanged: (listener) => events.accountChanged.listen(({ payload }) => listener(payload.account)),
  dragging: (listener) => events.dragging.listen(({ payload }) => listener(payload)),
  dropped: (listener) => events.dropped.listen(({ payload }) => listener(payload)),
  editChanged: (listener) => events.editChanged.listen(({ payload }) => listener(payload.edit)),
  exportChanged: (listener) => events.exportChanged.listen(({ payload }) => listener(payload.export)),
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

/** The library's own part of the door. */
export const library = (): LibraryBackend => backend.library;

export const start = () => backend.start();
export const estimate = (request: GenerateRequest) => backend.estimate(request);
export const enqueue = (id: string, request: GenerateRequest) => backend.enqueue(id, request);
export const estimateEach: Backend["estimateEach"] = (request, pictures) => backend.estimateEach(request, pictures);
export const enqueueEach: Backend["enqueueEach"] = (id, request, pictures) =>
  backend.enqueueEach(id, request, pictures);
export const addToLibrary: Backend["addToLibrary"] = (pictures) => backend.addToLibrary(pictures);
export const enhanceRequest: Backend["enhanceRequest"] = (image, magnitude, to, draft) =>
  backend.enhanceRequest(image, magnitude, to, draft);
export const variationsRequest: Backend["variationsRequest"] = (image, draft) =>
  backend.variationsRequest(image, draft);
export const cancel = (id: string) => backend.cancel(id);
export const dismiss = (id: string) => backend.dismiss(id);
export const saveAgain = (id: string) => backend.saveAgain(id);
export const queueState = () => backend.queueState();
export const tellOfEnd: Backend["tellOfEnd"] = (title, body, image) => backend.tellOfEnd(title, body, image);
export const listedJobs: Backend["listedJobs"] = (list, offset, limit) => backend.listedJobs(list, offset, limit);
export const pauseQueue = (paused: boolean) => backend.pauseQueue(paused);
export const pauseAfter = (id: string, pause: boolean) => backend.pauseAfter(id, pause);
export const moveJobs = (ids: string[], before: string | null) => backend.moveJobs(ids, before);
export const editJob = (id: string, request: GenerateRequest) => backend.editJob(id, request);
export const agreeToJob = (id: string) => backend.agreeToJob(id);
export const duplicateJob = (id: string, copy: string) => backend.duplicateJob(id, copy);
export const retryJob = (id: string) => backend.retryJob(id);
export const settleJob = (id: string, choice: Choice) => backend.settleJob(id, choice);
export const cancelAll = (onTheirWay: boolean) => backend.cancelAll(onTheirWay);
export const clearEnded = () => backend.clearEnded();
export const ledger = (since: string) => backend.ledger(since);
export const estimateBatch = (plan: BatchPlan) => backend.estimateBatch(plan);
export const enqueueBatch = (id: string, plan: BatchPlan) => backend.enqueueBatch(id, plan);
export const batches = () => backend.batches();
export const batch = (id: string) => backend.batch(id);
export const saveContactSheet = (id: string) => backend.saveContactSheet(id);
export const sheetUrl = (id: string, over: number) => backend.sheetUrl(id, over);
export const images = (before: string | null, limit: number) => backend.images(before, limit);
export const showInFolder = (id: string) => backend.showInFolder(id);
export const lookAtShare = (id: string, how: Handover) => backend.lookAtShare(id, how);
export const shareName = (template: string, id: string | null, format: FileFormat | null) =>
  backend.shareName(template, id, format);
export const savePictures = (ids: string[], how: Handover) => backend.savePictures(ids, how);
export const copyPicture = (id: string, how: Handover) => backend.copyPicture(id, how);
export const dragOut = (ids: string[], how: Handover) => backend.dragOut(ids, how);
export const editIn = (id: string) => backend.editIn(id);
export const endEdit = (id: string) => backend.endEdit(id);
export const openEdits = () => backend.openEdits();
export const editor = () => backend.editor();
export const chooseEditor = () => backend.chooseEditor();
export const forgetEditor = () => backend.forgetEditor();
export const signIn = (token: string, keep: Keep) => backend.signIn(token, keep);
export const signOut = () => backend.signOut();
export const refreshAccount = () => backend.refreshAccount();
/** The request of a job, where it is one for pictures. */
export function requestOf({ work }: Job): GenerateRequest | null {
  switch (work.kind) {
    case "generate":
      return work.request;
    case "encodeVibe":
    case "upscale":
    case "enlarge":
    case "augment":
    case "annotate":
    case "classify":
    case "writePrompt":
      return null;
  }
}

export const saveDraft = (request: GenerateRequest) => backend.saveDraft(request);
export const lookAtPrompt = (request: GenerateRequest, place: PromptPlace) => backend.lookAtPrompt(request, place);
export const complete = (request: GenerateRequest, place: PromptPlace, at: number) =>
  backend.complete(request, place, at);
export const completeOnline = (request: GenerateRequest, place: PromptPlace, at: number) =>
  backend.completeOnline(request, place, at);
export const nudgeWeight = (model: string, edited: Edited, up: boolean) => backend.nudgeWeight(model, edited, up);
export const toggleSegment = (edited: Edited) => backend.toggleSegment(edited);
export const drawPrompt = (request: GenerateRequest) => backend.drawPrompt(request);
export const promptFiles = () => backend.promptFiles();
export const saveSnippet = (name: string, text: string) => backend.saveSnippet(name, text);
export const deleteSnippet = (name: string) => backend.deleteSnippet(name);
export const showPromptFiles = () => backend.showPromptFiles();
export const importTags = () => backend.importTags();
export const switchModel = (request: GenerateRequest, model: string) => backend.switchModel(request, model);
export const wireRequest = (request: GenerateRequest) => backend.wireRequest(request);
export const sentDrafts = (limit: number) => backend.sentDrafts(limit);
export const saveSettings = (settings: Settings) => backend.saveSettings(settings);
export const presets = () => backend.presets();
export const savePreset = (preset: Preset) => backend.savePreset(preset);
export const deletePreset = (id: string) => backend.deletePreset(id);
export const arrangePresets = (ids: string[]) => backend.arrangePresets(ids);
export const setDefaultPreset = (id: string | null) => backend.setDefaultPreset(id);
export const previewPreset = (id: string, parts: PresetPart[], request: GenerateRequest) =>
  backend.previewPreset(id, parts, request);
export const exportPresets = (ids: string[]) => backend.exportPresets(ids);
export const importPresets = () => backend.importPresets();
export const readSettings = (picture: string) => backend.readSettings(picture);
export const previewSettings: Backend["previewSettings"] = (told, parts, seed, request) =>
  backend.previewSettings(told, parts, seed, request);
export const pickFiles = (pick: Pick) => backend.pickFiles(pick);
export const pictureOfImage = (id: string) => backend.pictureOfImage(id);
export const pictureInfo = (ids: string[]) => backend.pictureInfo(ids);
export const vibeStates = (request: GenerateRequest) => backend.vibeStates(request);
export const exportVibes = (vibes: Vibe[]) => backend.exportVibes(vibes);
export const references = () => backend.references();
export const saveReference = (reference: Reference) => backend.saveReference(reference);
export const forgetReference = (id: string) => backend.forgetReference(id);
export const toolChains = () => backend.toolChains();
export const saveToolChain = (chain: SavedChain) => backend.saveToolChain(chain);
export const deleteToolChain = (name: string) => backend.deleteToolChain(name);
export const estimateChain = (steps: Step[], pictures: string[]) => backend.estimateChain(steps, pictures);
export const enqueueChain = (id: string, steps: Step[], pictures: string[]) =>
  backend.enqueueChain(id, steps, pictures);
export const enqueueQuestion = (id: string, question: Question) => backend.enqueueQuestion(id, question);
export const jobAnswer = (id: string) => backend.jobAnswer(id);
export const compareWays = (picture: string, crop: Rect, scale: number, noise: number | null) =>
  backend.compareWays(picture, crop, scale, noise);
export const wayUrl: Backend["wayUrl"] = (ways, way) => backend.wayUrl(ways, way);
export const addPicture = (bytes: ArrayBuffer, name: string) => backend.addPicture(bytes, name);
export const inputUrl: Backend["inputUrl"] = (id, as) => backend.inputUrl(id, as);
export const sourceUrl: Backend["sourceUrl"] = (id, fit, size, clear) => backend.sourceUrl(id, fit, size, clear);
export const listen: Backend["listen"] = (event, listener) => backend.listen(event, listener);

export const pictureUrl = (id: string) => backend.pictureUrl(id);
export const thumbnailUrl = (id: string) => backend.thumbnailUrl(id);
/** The step only makes the address new; what comes is the newest preview. */
export const previewUrl = (job: string, step: number) => backend.previewUrl(job, step);
