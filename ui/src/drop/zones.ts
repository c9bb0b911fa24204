// What can be done with what comes in, and if not, why, and what helps. The rooms say what they can take; what is true of
// all of them is said here.

import { t } from "../i18n/index.svelte";
import type { Dragging, PictureInfo } from "../ipc";

export const ZONES = ["base", "inpaint", "upscale", "director", "vibe", "precise", "settings", "library"] as const;
export type ZoneId = (typeof ZONES)[number];

/** What is dragged or has arrived: how many of what. */
export interface What {
  pictures: number;
  vibes: number;
  folders: number;
  others: number;
  /** Whether the picture says how it was made; null: nobody has looked yet. */
  settings: boolean | null;
}

export interface Help {
  /** What it works on. */
  name: string;
  use: () => void;
}

/** Whether a room takes pictures for something. */
export interface Able {
  /** Why not; null: it does. */
  reason: string | null;
  help: Help | null;
}

export const ABLE: Able = { reason: null, help: null };

export interface Taker {
  able: () => Able;
  take: (pictures: readonly PictureInfo[]) => void;
}

/** Who takes what. A zone without a taker is not there. */
export type Takers = Partial<Record<ZoneId, Taker>>;

export interface Zone extends Able {
  id: ZoneId;
  title: string;
  about: string;
}

export function whatIsDragged({ files, kinds }: Dragging): What {
  // Until somebody has looked, everything may be a picture.
  return { ...(kinds ?? { pictures: files, vibes: 0, folders: 0, others: 0 }), settings: null };
}

export function whatArrived(pictures: readonly PictureInfo[]): What {
  const [only, second] = pictures;
  const settings = only && !second ? only.hasSettings : null;
  return { pictures: pictures.length, vibes: 0, folders: 0, others: 0, settings };
}

/** Nothing of it can be taken by anybody. */
export const isNothing = ({ pictures, vibes, folders }: What) => pictures + vibes + folders === 0;

export function zonesFor(what: What, takers: Takers): Zone[] {
  return ZONES.flatMap((id) => {
    const taker = takers[id];
    if (!taker) return [];
    const many = what.pictures + what.folders > 1 || what.folders > 0;
    const about = id === "base" && many ? t("drop.about.baseMany") : t(`drop.about.${id}`);
    const reason = wrong(id, what, many);
    const able = reason === null ? taker.able() : { reason, help: null };
    return [{ id, title: t(`drop.zone.${id}`), about, ...able }];
  });
}

/** Why this can't be used for that, whoever takes it. */
function wrong(id: ZoneId, { pictures, vibes, folders, settings }: What, many: boolean): string | null {
  if (pictures + folders === 0) {
    if (id === "vibe" && vibes > 0) return null;
    return vibes > 0 ? t("drop.not.onlyVibes") : t("drop.not.noPicture");
  }
  if (many && (id === "inpaint" || id === "settings")) return t("drop.not.oneAtATime");
  if (id === "settings" && settings === false) return t("drop.not.noSettings");
  return null;
}
