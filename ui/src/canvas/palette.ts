// What the command palette offers of this room.

import { t } from "../i18n/index.svelte";

export const INPAINT_ENTRY = { id: "inpaint", text: () => t("canvas.palette"), keys: "P" } as const;
