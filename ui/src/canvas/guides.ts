// Lines over the picture: the cursor, a shape being drawn, the focus box, the edges of the canvas. They are paths of one
// SVG that are written when something moves; nothing here is reactive.

import { outlineOf, cornerOf, stampOf } from "./core/brush";
import { HANDLES, innerOf } from "./core/focus";
import type { Edges } from "./core/painting";
import { between, type Point, type Rect } from "./core/rect";
import { matrixOf, toScreen } from "./core/view";
import type { Painter } from "./painter.svelte";
import { placeOf } from "./pointers";
import type { Stage } from "./stage";
import { paints } from "./tools";

export const EDGE_SIDES = ["left", "top", "right", "bottom"] as const;
export type EdgeSide = (typeof EDGE_SIDES)[number];

/** The elements that are written to. */
export interface GuideParts {
  readonly host: HTMLElement;
  readonly cursor: SVGGElement;
  readonly shape: SVGGElement;
  readonly dim: SVGPathElement;
  readonly box: SVGPathElement;
  readonly inner: SVGPathElement;
  readonly handles: SVGPathElement;
  readonly frame: SVGPathElement;
  readonly edges: SVGPathElement;
}

type Drawn = { kind: "outline"; corners: readonly Point[] } | { kind: "rectangle" | "ellipse"; from: Point; to: Point };

/** From this size on the screen on, a pixel of the outline can be seen as one. */
const STAIRS_FROM = 2.5;

const HANDLE = 4.5;

export class Guides {
  readonly #parts: GuideParts;
  readonly #painter: Painter;
  readonly #stage: Stage;
  #cursorAt: Point | null = null;
  #cursorKey = "";
  #shape: Drawn | null = null;
  #rubber: Point | null = null;
  #edges: { before: Edges; now: Edges } | null = null;

  constructor(parts: GuideParts, painter: Painter, stage: Stage) {
    this.#parts = parts;
    this.#painter = painter;
    this.#stage = stage;
  }

  /** Everything anew: the view, the tool or the box has changed. */
  draw(): void {
    this.#cursorKey = "";
    this.#drawCursor();
    this.#drawShape();
    this.#drawBox();
    this.#drawFrame();
  }

  /** The pointer is there, in pixels of CSS; null: nowhere. */
  cursor(at: Point | null): void {
    this.#cursorAt = at;
    this.#drawCursor();
  }

  pointer(name: string): void {
    if (this.#parts.host.style.cursor !== name) this.#parts.host.style.cursor = name;
  }

  shape(shape: Drawn | null): void {
    this.#shape = shape;
    this.#drawShape();
  }

  /** The open end of a polygon. */
  rubber(to: Point): void {
    this.#rubber = to;
    this.#drawShape();
  }

  edges(edges: { before: Edges; now: Edges } | null): void {
    this.#edges = edges;
    this.#drawFrame();
  }

  #css(point: Point): Point {
    const { x, y } = toScreen(this.#stage.view, point);
    return { x: x / this.#stage.ratio, y: y / this.#stage.ratio };
  }

  #path(corners: readonly Point[], closed = true): string {
    if (corners.length === 0) return "";
    return `M${corners.map((corner) => say(this.#css(corner))).join("L")}${closed ? "Z" : ""}`;
  }

  #rect({ x, y, width, height }: Rect): string {
    return this.#path([
      { x, y },
      { x: x + width, y },
      { x: x + width, y: y + height },
      { x, y: y + height },
    ]);
  }

  // The cursor shows the pixels that the next stamp covers: it jumps from pixel to pixel as the stamp does.

  #drawCursor(): void {
    const { cursor } = this.#parts;
    const { tool, caret, prefs } = this.#painter;
    const { view, ratio } = this.#stage;
    const at = caret ? this.#css(caret) : this.#cursorAt;
    const shown = at !== null && (paints(tool) || caret !== null);
    cursor.style.display = shown ? "" : "none";
    const { size, shape } = { size: this.#painter.size, shape: prefs.values.shape };
    const visible = (size * view.zoom) / ratio;
    // Where the ring would be too small to see, the system's own crosshair helps.
    this.pointer(paints(tool) ? (visible < 5 ? "crosshair" : "none") : cursorOf(tool));
    if (!shown) return;
    const brush = paints(tool);
    const key = `${brush} ${size} ${shape} ${view.zoom} ${view.angle} ${view.mirrored} ${ratio}`;
    if (key !== this.#cursorKey) {
      this.#cursorKey = key;
      const path = brush ? this.#cursorPath(size, shape) : "M-7,0H7M0,-7V7";
      for (const ring of cursor.children) ring.setAttribute("d", path);
    }
    const place = caret ?? this.#stage.toPicture(at.x, at.y);
    const corner = brush ? { x: cornerOf(size, place.x), y: cornerOf(size, place.y) } : place;
    const { x, y } = this.#css(corner);
    cursor.style.transform = `translate(${x.toFixed(2)}px, ${y.toFixed(2)}px)`;
  }

  /** The outline of a stamp from its upper left corner on, as it lies on the screen. */
  #cursorPath(size: number, shape: "round" | "square"): string {
    const { a, b, c, d } = matrixOf(this.#stage.view);
    const { ratio, view } = this.#stage;
    const place = ({ x, y }: Point) => say({ x: (a * x + c * y) / ratio, y: (b * x + d * y) / ratio });
    if (shape === "square" || view.zoom / ratio >= STAIRS_FROM) {
      return `M${outlineOf(stampOf(shape, size, 1))
        .map(place)
        .join("L")}Z`;
    }
    const radius = ((size / 2) * view.zoom) / ratio;
    const middle = { x: (a * size + c * size) / 2 / ratio, y: (b * size + d * size) / 2 / ratio };
    const [left, right] = [
      { ...middle, x: middle.x - radius },
      { ...middle, x: middle.x + radius },
    ];
    return `M${say(left)}A${radius},${radius} 0 1 1 ${say(right)}A${radius},${radius} 0 1 1 ${say(left)}Z`;
  }

  #drawShape(): void {
    const { corners } = this.#painter;
    let path = "";
    if (this.#shape) path = this.#shapePath(this.#shape);
    else if (corners.length > 0) {
      const end = this.#painter.caret ?? this.#rubber;
      path = this.#path(end ? [...corners, end] : corners, false);
      const [first] = corners;
      if (first) path += square(this.#css(first), 3.5);
    } else {
      this.#rubber = null;
    }
    for (const line of this.#parts.shape.children) line.setAttribute("d", path);
  }

  #shapePath(shape: Drawn): string {
    if (shape.kind === "outline") return this.#path(shape.corners);
    const [left, right] = [Math.min(shape.from.x, shape.to.x), Math.max(shape.from.x, shape.to.x)];
    const [top, bottom] = [Math.min(shape.from.y, shape.to.y), Math.max(shape.from.y, shape.to.y)];
    const box = between(Math.floor(left), Math.floor(top), Math.floor(right) + 1, Math.floor(bottom) + 1);
    if (shape.kind === "rectangle") return this.#rect(box);
    const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    return this.#path(
      Array.from({ length: 72 }, (_, at) => ({
        x: middle.x + (box.width / 2) * Math.cos((at / 36) * Math.PI),
        y: middle.y + (box.height / 2) * Math.sin((at / 36) * Math.PI),
      })),
    );
  }

  #drawBox(): void {
    const { box, sent, margin, mask, tool, whole, framed } = this.#painter;
    const { dim, inner, handles } = this.#parts;
    const crop = framed ? (box ?? sent?.crop ?? null) : null;
    dim.setAttribute("d", crop ? `${this.#rect(whole)}${this.#rect(crop)}` : "");
    this.#parts.box.setAttribute("d", crop ? this.#rect(crop) : "");
    const rest = box ? innerOf(box, margin, mask) : (sent?.inner ?? null);
    inner.setAttribute("d", crop && rest ? this.#rect(rest) : "");
    handles.setAttribute(
      "d",
      box && crop && tool === "focus"
        ? HANDLES.map((handle) => square(this.#css(placeOf(box, handle)), HANDLE)).join("")
        : "",
    );
  }

  #drawFrame(): void {
    const { frame, edges } = this.#parts;
    const { whole, tool } = this.#painter;
    let rect = whole;
    if (this.#edges) {
      const { before, now } = this.#edges;
      rect = between(
        before.left - now.left,
        before.top - now.top,
        whole.width + now.right - before.right,
        whole.height + now.bottom - before.bottom,
      );
    }
    frame.setAttribute("d", this.#rect(rect));
    const places = edgePlaces(rect);
    edges.setAttribute(
      "d",
      tool === "edges"
        ? EDGE_SIDES.map((side) => {
            const [wide, high] = side === "left" || side === "right" ? [4, 16] : [16, 4];
            const { x, y } = this.#css(places[side]);
            return `M${x - wide},${y - high}h${wide * 2}v${high * 2}h${-wide * 2}Z`;
          }).join("")
        : "",
    );
  }
}

/** The middle of each side. */
export function edgePlaces({ x, y, width, height }: Rect): Record<EdgeSide, Point> {
  return {
    left: { x, y: y + height / 2 },
    right: { x: x + width, y: y + height / 2 },
    top: { x: x + width / 2, y },
    bottom: { x: x + width / 2, y: y + height },
  };
}

const say = ({ x, y }: Point) => `${x.toFixed(2)},${y.toFixed(2)}`;

const square = ({ x, y }: Point, half: number) =>
  `M${say({ x: x - half, y: y - half })}h${half * 2}v${half * 2}h${-half * 2}Z`;

function cursorOf(tool: string): string {
  return tool === "edges" ? "default" : "crosshair";
}
