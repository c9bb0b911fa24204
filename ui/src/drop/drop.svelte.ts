// What comes in from outside on its way to a room: dragged, dropped, pasted. What was dropped beside every zone waits for
// the person to say what it is for; what was refused is listed by name with its reason. Nothing is dropped silently.

import { t } from "../i18n/index.svelte";
import {
  type Added,
  addPicture,
  addToLibrary,
  type AppError,
  asAppError,
  type Dragging,
  type ImageRecord,
  type PictureInfo,
  type RefusedFile,
  type VibeInfo,
} from "../ipc";
import { ABLE, type Takers, type ZoneId } from "./zones";

const NO_DRAG: Dragging = { at: null, files: 0, kinds: null };

/** The rooms, as far as this one has to do with them. */
export interface Rooms {
  /** Who takes pictures for what. */
  takers: () => Takers;
  /** Pictures and vibes are known from now on. */
  know: (added: Added) => void;
  useVibe: (vibe: VibeInfo) => void;
  /** A part of a picture of the library is to be painted anew. */
  inpaint: (image: string) => void;
  /** Pictures have come into the library. */
  show: (image: string) => void;
}

export class Drop {
  readonly #rooms: Rooms;
  dragging: Dragging = $state.raw(NO_DRAG);
  /** Files that were dropped and are being read. */
  reading = $state(0);
  /** Arrived, and nobody has said what for. */
  waiting: readonly PictureInfo[] = $state.raw([]);
  refused: readonly RefusedFile[] = $state.raw([]);
  problem: AppError | null = $state.raw(null);
  said = $state("");
  /** The picture whose settings are to be read. */
  told: PictureInfo | null = $state.raw(null);
  /** Pictures each of which is to become another. */
  each: readonly PictureInfo[] = $state.raw([]);

  readonly takers: Takers = $derived.by(() => this.#takers());

  constructor(rooms: Rooms) {
    this.#rooms = rooms;
  }

  #takers(): Takers {
    const rooms = this.#rooms.takers();
    const base = rooms.base;
    return {
      ...rooms,
      ...(base && {
        base: {
          able: base.able,
          take: (pictures: readonly PictureInfo[]) => {
            if (pictures.length > 1) this.each = pictures;
            else base.take(pictures);
          },
        },
      }),
      inpaint: { able: () => ABLE, take: (pictures) => void this.#inpaint(pictures) },
      settings: { able: () => ABLE, take: ([picture]) => (this.told = picture ?? null) },
      library: { able: () => ABLE, take: (pictures) => void this.#keep(pictures) },
    };
  }

  // Arriving

  drag(dragging: Dragging): void {
    this.dragging = dragging;
    this.reading = dragging.at === null ? dragging.files : 0;
  }

  /** Takes in what was added. Vibes from files can only be vibes. */
  receive(added: Added, zone: ZoneId | null): void {
    this.dragging = NO_DRAG;
    this.reading = 0;
    this.said = "";
    this.refused = added.refused;
    this.#rooms.know(added);
    for (const vibe of added.vibes) this.#rooms.useVibe(vibe);
    if (added.pictures.length === 0) return;
    if (zone === null || !this.#takes(zone, added.pictures)) this.wait(added.pictures);
  }

  /** Whether a zone took them. A folder that was dropped on a zone for one may have held many. */
  #takes(zone: ZoneId, pictures: readonly PictureInfo[]): boolean {
    const single = zone === "inpaint" || zone === "settings";
    const taker = this.takers[zone];
    if (taker?.able().reason !== null || (single && pictures.length > 1)) return false;
    taker.take(pictures);
    return true;
  }

  /** Somebody has to say what these are for. */
  wait(pictures: readonly PictureInfo[]): void {
    this.waiting = [...this.waiting, ...pictures];
  }

  choose(zone: ZoneId): void {
    const chosen = this.waiting;
    this.waiting = [];
    if (!this.#takes(zone, chosen)) this.wait(chosen);
  }

  forget(): void {
    this.waiting = [];
  }

  async paste(files: readonly File[]): Promise<void> {
    const all: Added = { pictures: [], vibes: [], refused: [] };
    for (const file of files) {
      const name = file.name || t("references.pasted");
      try {
        const added = await addPicture(await file.arrayBuffer(), name);
        all.pictures.push(...added.pictures);
        all.vibes.push(...added.vibes);
        all.refused.push(...added.refused);
      } catch (thrown) {
        all.refused.push({ name, reason: asAppError(thrown).message });
      }
    }
    this.receive(all, null);
  }

  /** An address was pasted where a picture was meant. Nothing is fetched from anywhere. */
  pasteAddress(address: string): void {
    const shown = address.length > 60 ? `${address.slice(0, 59)}…` : address;
    this.refused = [{ name: shown, reason: t("drop.address") }];
  }

  // Into the library

  async #adopt(pictures: readonly PictureInfo[]): Promise<ImageRecord[]> {
    try {
      const { added, known, refused } = await addToLibrary(pictures.map(({ id }) => id));
      this.problem = null;
      this.refused = [...this.refused, ...refused];
      this.said = [
        added.length > 0 ? t("drop.added", { count: added.length }) : "",
        known.length > 0 ? t("drop.known", { count: known.length }) : "",
      ]
        .filter((text) => text !== "")
        .join(" ");
      return [...added, ...known];
    } catch (thrown) {
      this.problem = asAppError(thrown);
      return [];
    }
  }

  async #keep(pictures: readonly PictureInfo[]): Promise<void> {
    const [first] = await this.#adopt(pictures);
    if (first) this.#rooms.show(first.id);
  }

  async #inpaint(pictures: readonly PictureInfo[]): Promise<void> {
    const [first] = await this.#adopt(pictures);
    if (first) this.#rooms.inpaint(first.id);
  }

  dismiss(): void {
    this.refused = [];
    this.problem = null;
    this.said = "";
  }
}
