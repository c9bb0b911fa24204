// A library in memory: as much of the search as the page needs to be tried with. The language itself is Rust's.

import {
  type BrokenFile,
  type BrokenPage,
  type Change,
  type Changed,
  type Chosen,
  type Difference,
  type Exported,
  type ExportKind,
  type ExportProgress,
  type Facet,
  type FacetField,
  type FacetValue,
  type FilePlace,
  type Found,
  type Grouping,
  type Handover,
  type ImageRecord,
  IpcError,
  type LibraryBackend,
  type LibraryFolder,
  type NamesPreview,
  type PictureDetails,
  type Relative,
  type SavedSearch,
  type SearchOffers,
  type Sorting,
  type Statistics,
  type Trashed,
  type TrashPage,
} from "../index";

/** What the library shares with the rest of the mock. */
export interface Shelf {
  images: () => readonly ImageRecord[];
  put: (images: ImageRecord[]) => void;
  called: (name: string, argument?: unknown) => void;
  changed: (images: ImageRecord[]) => void;
  cameOrWent: (added: ImageRecord[], removed: string[]) => void;
  exported: (progress: ExportProgress) => void;
}

interface Said {
  note: string;
  albums: string[];
  labels: string[];
}

interface Step {
  what: Changed["what"];
  before: [ImageRecord, Said][];
  after: [ImageRecord, Said][];
  trashed: boolean;
  /** The albums that there were, where the step is about them. */
  albums?: { before: string[]; after: string[] };
}

export function folder(id: number, path: string, pictures: number, more: Partial<LibraryFolder> = {}): LibraryFolder {
  return { id, path, pictures, missing: 0, state: "ready", watched: true, ...more };
}

export class MockLibrary implements LibraryBackend {
  readonly #shelf: Shelf;
  readonly #said = new Map<string, Said>();
  readonly #found = new Map<number, ImageRecord[]>();
  readonly #stacks = new Map<number, [number, number][]>();
  readonly #stopped = new Set<string>();
  /** For tests: files that are broken. */
  brokenFiles: BrokenFile[] = [];
  /** The folders of the library. */
  folderList: LibraryFolder[] = [folder(0, "/home/mira/Pictures/Atelier", 1204)];
  /** For tests: what the person picks. */
  picked: string | null = "/media/mira/Archiv der Jahre 2022 bis 2025/月光の下の少女と紫陽花/NovelAI";
  /** For tests: milliseconds that each exported picture takes. */
  exportDelay = 0;
  #trash: ImageRecord[] = [];
  #albums: string[] = [];
  #searches: SavedSearch[] = [];
  #last = 0;
  #done: Step[] = [];
  #undone: Step[] = [];
  #paused = false;

  constructor(shelf: Shelf) {
    this.#shelf = shelf;
  }

  #of(id: string): Said {
    return this.#said.get(id) ?? { note: "", albums: [], labels: [] };
  }

  #fits(image: ImageRecord, part: string): boolean {
    const not = part.startsWith("-");
    const [, field, , value] = /^-?([a-z]+)(:|>=)(.*)$/.exec(part) ?? [];
    const plain = (value ?? part).replace(/^-/, "").replaceAll('"', "").toLowerCase();
    const fits = () => {
      switch (field) {
        case undefined:
          return `${image.prompt} ${image.fileName} ${this.#of(image.id).note} ${this.#of(image.id).labels.join(" ")}`
            .toLowerCase()
            .includes(plain);
        case "rating":
          return part.includes(">=") ? image.rating >= Number(plain) : image.rating === Number(plain);
        case "is":
          return plain === "kept" ? image.mark === "keep" : plain === "rejected" ? image.mark === "reject" : true;
        case "album":
          return this.#of(image.id).albums.some((album) => album.toLowerCase() === plain);
        case "label":
          return this.#of(image.id).labels.some((label) => label.toLowerCase() === plain);
        case "kind":
          return image.kind === plain;
        case "model":
          return image.model?.includes(plain) ?? false;
        case "seed":
          return image.seed === Number(plain);
        case "size":
          return `${image.width}x${image.height}` === plain;
        default:
          return image.prompt.toLowerCase().includes(plain);
      }
    };
    return fits() !== not;
  }

  search(text: string, grouping: Grouping, stacked: boolean): Promise<Found> {
    this.#shelf.called("search", { text, grouping, stacked });
    const parts = text.match(/(?:[^\s"]|"[^"]*")+/g) ?? [];
    const problems = parts
      .filter((part) => /^-?colour:/.test(part))
      .map((part) => ({ from: text.indexOf(part), to: text.indexOf(part) + part.length, part }))
      .map(({ from, to }) => ({ from, to, kind: "unknownField" as const, text: "colour" }));
    const asked = parts.filter((part) => !/^-?colour:/.test(part));
    const found = this.#shelf.images().filter((image) => asked.every((part) => this.#fits(image, part)));
    const groups = grouping === "album" ? this.#byAlbum(found) : [];
    let list = grouping === "album" ? groups.flatMap(({ images }) => images) : found;
    this.#last += 1;
    if (stacked && grouping === "day") list = this.#stack(this.#last, list);
    this.#found.set(this.#last, list);
    return Promise.resolve({
      id: this.#last,
      total: list.length,
      took: 1,
      groups: groups.map(({ name, images }) => ({ name, count: images.length })),
      facets: this.#facets(found),
      problems,
    });
  }

  /** Pictures of one prompt behind the first of them. */
  #stack(search: number, list: readonly ImageRecord[]): ImageRecord[] {
    const members = new Map<string, ImageRecord[]>();
    for (const image of list) members.set(image.prompt, [...(members.get(image.prompt) ?? []), image]);
    const stacks: [number, number][] = [];
    let from = 0;
    for (const stack of members.values()) {
      if (stack.length > 1) stacks.push([from, stack.length]);
      from += stack.length;
    }
    this.#stacks.set(search, stacks);
    return [...members.values()].flat();
  }

  async stacks(search: number): Promise<ArrayBuffer> {
    await Promise.resolve();
    this.#list(search);
    return Uint32Array.from((this.#stacks.get(search) ?? []).flat()).buffer;
  }

  #byAlbum(found: readonly ImageRecord[]): { name: string; images: ImageRecord[] }[] {
    const named = this.#albums.map((name) => ({
      name,
      images: found.filter(({ id }) => this.#of(id).albums.includes(name)),
    }));
    const rest = { name: "", images: found.filter(({ id }) => this.#of(id).albums.length === 0) };
    return [...named, rest].filter(({ images }) => images.length > 0);
  }

  #facets(found: readonly ImageRecord[]): Facet[] {
    const count = (field: FacetField, values: (image: ImageRecord) => (string | null)[]): Facet => {
      const counts = new Map<string, number>();
      for (const value of found.flatMap(values)) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
      const sorted = [...counts].sort((one, other) => other[1] - one[1]);
      return { field, values: sorted.map(([value, count]) => ({ value, count })) };
    };
    return [
      count("rating", ({ rating }) => [rating > 0 ? String(rating) : null]),
      count("is", ({ mark }) => [mark === "keep" ? "kept" : mark === "reject" ? "rejected" : null]),
      count("album", ({ id }) => this.#of(id).albums),
      count("label", ({ id }) => this.#of(id).labels),
      count("model", ({ model }) => [model]),
      count("kind", ({ kind }) => [kind]),
      count("size", ({ width, height }) => [`${width}x${height}`]),
    ].filter(({ values }) => values.length > 0);
  }

  #list(search: number): ImageRecord[] {
    const found = this.#found.get(search);
    if (!found) throw new IpcError({ code: "notFound", message: "Search again.", detail: null });
    const now = new Map(this.#shelf.images().map((image) => [image.id, image]));
    return found.map((image) => now.get(image.id) ?? image);
  }

  async pictures(search: number, from: number, count: number): Promise<ImageRecord[]> {
    await Promise.resolve();
    return this.#list(search).slice(from, from + count);
  }

  async shapes(search: number): Promise<ArrayBuffer> {
    await Promise.resolve();
    const list = this.#list(search);
    const seconds = list.map(({ created }) => Math.max(0, Math.floor(created / 1000)));
    const sides = [...list.map(({ width }) => width), ...list.map(({ height }) => height)];
    return new Blob([Uint32Array.from(seconds), Uint16Array.from(sides)]).arrayBuffer();
  }

  family(id: string): Promise<Relative[]> {
    const all = this.#shelf.images();
    const of = (wanted: string | null) => all.find((image) => image.id === wanted);
    let first = of(id);
    for (let parent = of(first?.parent ?? null); parent; parent = of(parent.parent)) first = parent;
    const below = (image: ImageRecord, depth: number): Relative[] => [
      { image, depth, differences: this.#differences(of(image.parent), image) },
      ...all.filter(({ parent }) => parent === image.id).flatMap((child) => below(child, depth + 1)),
    ];
    return Promise.resolve(first ? below(first, 0) : []);
  }

  #differences(parent: ImageRecord | undefined, child: ImageRecord): Difference[] {
    if (!parent) return [];
    const size = ({ width, height }: ImageRecord) => `${width} × ${height}`;
    const all: Difference[] = [];
    if (size(parent) !== size(child)) all.push({ kind: "size", from: size(parent), to: size(child) });
    if (parent.seed !== child.seed) all.push({ kind: "seed", from: String(parent.seed), to: String(child.seed) });
    if (parent.prompt !== child.prompt) all.push({ kind: "words", added: [child.prompt], gone: [parent.prompt] });
    return all;
  }

  alike(id: string): Promise<Found> {
    this.#shelf.called("alike", id);
    const all = this.#shelf.images();
    const of = all.find((image) => image.id === id);
    const list = all.filter(({ prompt }) => prompt === of?.prompt);
    this.#last += 1;
    this.#found.set(this.#last, list);
    const groups = [{ name: of?.prompt ?? "", count: list.length }];
    return Promise.resolve({ id: this.#last, total: list.length, took: 1, groups, facets: [], problems: [] });
  }

  statistics(): Promise<Statistics> {
    const pictures = this.#shelf.images().length;
    const days = Array.from({ length: 30 }, (_, index) => ({
      day: new Date(Date.UTC(2026, 9, 1 + index)).toISOString().slice(0, 10),
      pictures: Math.round(20 + 18 * Math.sin(index * 1.7)),
      anlas: Math.round(60 + 55 * Math.cos(index)),
    }));
    return Promise.resolve({
      pictures,
      kept: 12,
      rejected: 3,
      days,
      models: [{ value: "nai-diffusion-5-full", count: pictures }],
      tags: [
        { value: "no humans", count: 12 },
        { value: "dusk", count: 9 },
        { value: "layered hills", count: 5 },
      ],
    });
  }

  async placesOf(search: number, images: string[]): Promise<(number | null)[]> {
    await Promise.resolve();
    const list = this.#list(search);
    const places = images.map((image) => list.findIndex(({ id }) => id === image));
    return places.map((at) => (at < 0 ? null : at));
  }

  completeSearch(text: string, at: number): Promise<SearchOffers> {
    const begun = /\S*$/.exec(text.slice(0, at))?.[0] ?? "";
    const all = ["model:", "tag:", "rating:", "album:", "is:kept", "is:rejected", "tag:dusk", 'tag:"layered hills"'];
    const offers = all
      .filter((offer) => begun !== "" && (offer.startsWith(begun) || offer.includes(`:${begun}`)))
      .map((offer) => ({ text: offer, label: null, uses: offer.endsWith(":") ? null : 12 }));
    return Promise.resolve({ from: at - begun.length, to: at, offers });
  }

  savedSearches(): Promise<SavedSearch[]> {
    return Promise.resolve(this.#searches);
  }

  saveSearch(search: SavedSearch): Promise<SavedSearch[]> {
    this.#shelf.called("saveSearch", search);
    this.#searches = [...this.#searches.filter(({ name }) => name !== search.name), search];
    return Promise.resolve(this.#searches);
  }

  deleteSearch(name: string): Promise<SavedSearch[]> {
    this.#searches = this.#searches.filter((search) => search.name !== name);
    return Promise.resolve(this.#searches);
  }

  #chosen(chosen: Chosen): ImageRecord[] {
    if (chosen.kind === "ids") return this.#shelf.images().filter(({ id }) => chosen.ids.includes(id));
    const list = this.#list(chosen.search);
    return chosen.ranges.flatMap(([from, to]) => list.slice(from, to));
  }

  async change(chosen: Chosen, change: Change): Promise<Changed> {
    this.#shelf.called("change", { chosen, change });
    await Promise.resolve();
    const before = this.#chosen(chosen).map((image): [ImageRecord, Said] => [image, this.#of(image.id)]);
    const after = before.map(([image, said]): [ImageRecord, Said] => {
      switch (change.kind) {
        case "rate":
          return [{ ...image, rating: change.stars }, said];
        case "mark":
          return [{ ...image, mark: change.mark }, said];
        case "note":
          return [image, { ...said, note: change.text }];
        case "addTo":
          return [image, { ...said, albums: [...new Set([...said.albums, change.album])] }];
        case "takeOut":
          return [image, { ...said, albums: said.albums.filter((name) => name !== change.album) }];
        case "label":
          return [image, { ...said, labels: [...new Set([...said.labels, change.label])].sort() }];
        case "unlabel":
          return [image, { ...said, labels: said.labels.filter((label) => label !== change.label) }];
      }
    });
    if (change.kind === "addTo" && !this.#albums.includes(change.album)) {
      this.#albums = [...this.#albums, change.album].sort();
    }
    const kinds = {
      rate: "rated",
      mark: "marked",
      note: "noted",
      addTo: "sorted",
      takeOut: "sorted",
      label: "labelled",
      unlabel: "labelled",
    } as const;
    const what = kinds[change.kind];
    this.#push({ what, before, after, trashed: false });
    this.#write(after);
    return { what, count: after.length };
  }

  #push(step: Step): void {
    this.#done.push(step);
    this.#undone = [];
  }

  #write(states: [ImageRecord, Said][]): void {
    const now = new Map(states.map(([image]) => [image.id, image]));
    for (const [{ id }, said] of states) this.#said.set(id, said);
    this.#shelf.put(this.#shelf.images().map((image) => now.get(image.id) ?? image));
    this.#shelf.changed([...now.values()]);
  }

  async undo(): Promise<Changed | null> {
    this.#shelf.called("undo");
    await Promise.resolve();
    const step = this.#done.pop();
    if (!step) return null;
    this.#undone.push(step);
    if (step.albums) this.#albums = step.albums.before;
    if (step.trashed) this.#bringBack(step.before.map(([{ id }]) => id));
    else this.#write(step.before);
    return { what: step.what, count: step.before.length };
  }

  async redo(): Promise<Changed | null> {
    await Promise.resolve();
    const step = this.#undone.pop();
    if (!step) return null;
    this.#done.push(step);
    if (step.albums) this.#albums = step.albums.after;
    if (step.trashed) this.#throwAway(step.before.map(([image]) => image));
    else this.#write(step.after);
    return { what: step.what, count: step.after.length };
  }

  details(id: string): Promise<PictureDetails> {
    const { note, albums, labels } = this.#of(id);
    const raw = JSON.stringify({ Software: "NovelAI", Comment: { steps: 23, scale: 7, uc: "lowres" } }, null, 2);
    return Promise.resolve({ note, albums, labels, settings: null, raw });
  }

  albums(): Promise<string[]> {
    return Promise.resolve(this.#albums);
  }

  createAlbum(name: string): Promise<string[]> {
    this.#albums = [...new Set([...this.#albums, name])].sort();
    return Promise.resolve(this.#albums);
  }

  renameAlbum(from: string, to: string): Promise<Changed> {
    this.#shelf.called("renameAlbum", { from, to });
    const same = this.#albums.some((name) => name !== from && name.toLowerCase() === to.toLowerCase());
    if (same) return Promise.reject(new IpcError({ code: "refused", message: "There is one.", detail: "name" }));
    return this.#changeAlbum(from, to);
  }

  deleteAlbum(name: string): Promise<Changed> {
    this.#shelf.called("deleteAlbum", name);
    return this.#changeAlbum(name, null);
  }

  #changeAlbum(from: string, to: string | null): Promise<Changed> {
    const before = this.#shelf
      .images()
      .map((image): [ImageRecord, Said] => [image, this.#of(image.id)])
      .filter(([, { albums }]) => albums.includes(from));
    const instead = (names: string[]) => names.flatMap((name) => (name !== from ? [name] : to === null ? [] : [to]));
    const after = before.map(([image, said]): [ImageRecord, Said] => [
      image,
      { ...said, albums: instead(said.albums) },
    ]);
    const albums = { before: this.#albums, after: instead(this.#albums).sort() };
    const what = to === null ? "albumDeleted" : "albumRenamed";
    this.#push({ what, before, after, trashed: false, albums });
    this.#albums = albums.after;
    this.#write(after);
    return Promise.resolve({ what, count: after.length });
  }

  labels(): Promise<string[]> {
    return Promise.resolve([...new Set([...this.#said.values()].flatMap(({ labels }) => labels))].sort());
  }

  sortingOf(chosen: Chosen): Promise<Sorting> {
    const all = this.#chosen(chosen).map(({ id }) => this.#of(id));
    const count = (values: string[]): FacetValue[] =>
      [...new Set(values)].sort().map((value) => ({ value, count: values.filter((other) => other === value).length }));
    return Promise.resolve({
      pictures: all.length,
      albums: count(all.flatMap(({ albums }) => albums)),
      labels: count(all.flatMap(({ labels }) => labels)),
    });
  }

  differences(from: string, to: string): Promise<Difference[]> {
    const all = this.#shelf.images();
    const [one, other] = [all.find(({ id }) => id === from), all.find(({ id }) => id === to)];
    return Promise.resolve(other ? this.#differences(one, other) : []);
  }

  async exportPictures(id: string, chosen: Chosen, how: Handover, kind: ExportKind): Promise<Exported | null> {
    this.#shelf.called("exportPictures", { chosen, how, kind });
    const total = this.#chosen(chosen).length;
    for (let done = 0; done < total; done += 1) {
      this.#shelf.exported({ id, done, total, ended: false });
      if (this.exportDelay > 0) await new Promise((resolve) => setTimeout(resolve, this.exportDelay));
      if (this.#stopped.has(id)) {
        this.#shelf.exported({ id, done, total, ended: true });
        return null;
      }
    }
    this.#shelf.exported({ id, done: total, total, ended: true });
    const zip = kind === "zip" ? "pictures.zip" : null;
    return { folder: "/home/mira/Pictures", zip, count: total, notAll: 0, refused: [] };
  }

  cancelExport(id: string): Promise<void> {
    this.#shelf.called("cancelExport", id);
    this.#stopped.add(id);
    return Promise.resolve();
  }

  #throwAway(images: ImageRecord[]): void {
    const ids = images.map(({ id }) => id);
    this.#trash = [...images, ...this.#trash];
    this.#shelf.put(this.#shelf.images().filter(({ id }) => !ids.includes(id)));
    this.#shelf.cameOrWent([], ids);
  }

  #bringBack(ids: readonly string[]): ImageRecord[] {
    const back = this.#trash.filter(({ id }) => ids.includes(id));
    this.#trash = this.#trash.filter(({ id }) => !ids.includes(id));
    this.#shelf.put([...back, ...this.#shelf.images()].sort((one, other) => other.created - one.created));
    this.#shelf.cameOrWent([...back].reverse(), []);
    return back;
  }

  async trash(chosen: Chosen): Promise<Trashed> {
    this.#shelf.called("trash", chosen);
    await Promise.resolve();
    const images = this.#chosen(chosen);
    const before = images.map((image): [ImageRecord, Said] => [image, this.#of(image.id)]);
    this.#push({ what: "trashed", before, after: before, trashed: true });
    this.#throwAway(images);
    return { count: images.length, refused: [] };
  }

  restore(ids: string[] | null): Promise<Changed> {
    this.#shelf.called("restore", ids);
    const all = ids ?? this.#trash.map(({ id }) => id);
    return Promise.resolve({ what: "trashed", count: this.#bringBack(all).length });
  }

  trashed(before: string | null, limit: number): Promise<TrashPage> {
    this.#shelf.called("trashed", { before, limit });
    const from = before === null ? 0 : this.#trash.findIndex(({ id }) => id === before) + 1;
    const pictures = this.#trash.slice(from, from + limit).map((image) => ({ image, daysLeft: 30 }));
    return Promise.resolve({ total: this.#trash.length, pictures });
  }

  emptyTrash(ids: string[] | null, forGood: boolean): Promise<Trashed> {
    this.#shelf.called("emptyTrash", { ids, forGood });
    const before = this.#trash.length;
    this.#trash = ids === null ? [] : this.#trash.filter(({ id }) => !ids.includes(id));
    return Promise.resolve({ count: before - this.#trash.length, refused: [] });
  }

  indexing() {
    const total = this.#shelf.images().length;
    const broken = this.brokenFiles.length;
    return Promise.resolve({ done: total - broken, total, broken, paused: this.#paused });
  }

  pauseIndexing(paused: boolean) {
    this.#paused = paused;
    return this.indexing();
  }

  broken(after: FilePlace | null, limit: number): Promise<BrokenPage> {
    const from = after === null ? 0 : this.brokenFiles.findIndex(({ place }) => place.fileName === after.fileName) + 1;
    return Promise.resolve({ total: this.brokenFiles.length, files: this.brokenFiles.slice(from, from + limit) });
  }

  folders() {
    return Promise.resolve(this.folderList);
  }

  pickFolder() {
    this.#shelf.called("pickFolder");
    if (this.picked === null) return Promise.resolve(null);
    const id = Math.max(...this.folderList.map((one) => one.id)) + 1;
    this.folderList = [...this.folderList, folder(id, this.picked, 0)];
    return this.folders();
  }

  removeFolder(id: number) {
    this.#shelf.called("removeFolder", id);
    this.folderList = this.folderList.filter((one) => one.id !== id);
    return this.folders();
  }

  lookAtFolders() {
    this.#shelf.called("lookAtFolders");
    return Promise.resolve({ added: 12, moved: 1, changed: 0, missing: 0, broken: 2 });
  }

  previewNames(template: string): Promise<NamesPreview> {
    const [unknown] =
      /\{(?!date|time|year|month|day|model|seed|size|tags|prompt|kind|index|number|job)[^}]*\}/.exec(template) ?? [];
    if (unknown !== undefined) {
      const from = template.indexOf(unknown);
      return Promise.resolve({
        examples: [],
        problems: [{ from, to: from + unknown.length, kind: "unknownValue", text: unknown }],
      });
    }
    const values: Record<string, string | undefined> = {
      date: "2026-11-22",
      time: "20-05-09",
      seed: "1234567",
      index: "0",
      model: "nai-diffusion-4-5-full",
    };
    const name = template.replace(/\{(\w+)[^}]*\}/g, (_, value: string) => values[value] ?? value);
    return Promise.resolve({ examples: [`${name}.png`], problems: [] });
  }
}
