// The tools, in the order of the rail, and the keys that reach for them.

export const TOOLS = [
  "brush",
  "eraser",
  "lasso",
  "polygon",
  "rectangle",
  "ellipse",
  "bucket",
  "wand",
  "focus",
  "edges",
] as const;

export type Tool = (typeof TOOLS)[number];

/** How it is written beside the tool. */
export const TOOL_KEYS: Record<Tool, string> = {
  brush: "B",
  eraser: "E",
  lasso: "L",
  polygon: "Shift+L",
  rectangle: "M",
  ellipse: "Shift+M",
  bucket: "K",
  wand: "W",
  focus: "S",
  edges: "Shift+S",
};

export const paints = (tool: Tool): tool is "brush" | "eraser" => tool === "brush" || tool === "eraser";

/** Tools that make a shape of several points. */
export const shapes = (tool: Tool): tool is "lasso" | "polygon" | "rectangle" | "ellipse" =>
  tool === "lasso" || tool === "polygon" || tool === "rectangle" || tool === "ellipse";
