// How a list of pictures looks, as the person left it.

import type { Grouping } from "../../ipc";
import type { Mode } from "./layout";

export const SIZES = { min: 72, max: 420, usual: 190 };

export interface Look {
  mode: Mode;
  /** How high a row is meant to be, in CSS pixels. */
  size: number;
  grouping: Grouping;
  /** Pictures of one recipe are one cell. */
  stacked: boolean;
  facets: boolean;
  details: boolean;
}

/** A place where pictures are listed. */
export interface Place {
  /** What its look is kept under. */
  key: string;
  look: Look;
  /** It is a whole room: albums, searches, the trash belong to it. */
  whole: boolean;
}

export const LIBRARY: Place = {
  key: "atelier.library",
  look: {
    mode: "justified",
    size: SIZES.usual,
    grouping: "day",
    stacked: false,
    facets: true,
    details: true,
  },
  whole: true,
};

/** The column beside Create: as wide as one picture or a few. */
export const COLUMN: Place = {
  key: "atelier.history",
  look: { ...LIBRARY.look, size: 230 },
  whole: false,
};

export function remembered({ key, look }: Place): Look {
  try {
    return { ...look, ...(JSON.parse(localStorage.getItem(key) ?? "{}") as Partial<Look>) };
  } catch {
    return look;
  }
}
