// What can stand in the centre. A new tab is a line here and a panel in Workspace.svelte.

export const STAGES = ["result", "inpaint", "characters", "tools", "library"] as const;

export type Stage = (typeof STAGES)[number];
