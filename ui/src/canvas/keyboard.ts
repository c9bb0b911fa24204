// Painting without a pointer: the arrow keys move a caret, Space and Enter do there what a click would.

import { t } from "../i18n/index.svelte";
import { movedBox, drawnBox } from "./core/focus";
import { isPainted } from "./core/mask";
import { EDGE_STEP } from "./core/painting";
import type { Point } from "./core/rect";
import { panned, toScreen } from "./core/view";
import type { Painter } from "./painter.svelte";
import { paints } from "./tools";

const WAYS: Record<string, Point> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

/** How near to the edge of the stage the caret may come before the picture moves. */
const ROOM = 60;

export class KeyPainter {
  readonly #painter: Painter;
  /** Where a shape, or a box, begins. */
  #from: Point | null = null;

  constructor(painter: Painter) {
    this.#painter = painter;
  }

  /** Whether the key meant something here. */
  key(event: KeyboardEvent): boolean {
    if (event.ctrlKey || event.metaKey) return false;
    const way = WAYS[event.key];
    if (way) {
      this.#move(way, event.shiftKey, event.altKey);
      return true;
    }
    if (event.altKey) return false;
    if (event.key === "Enter") {
      this.act(event.shiftKey);
      return true;
    }
    if (event.key === "Backspace" && this.#painter.corners.length > 0) {
      this.#painter.corners = this.#painter.corners.slice(0, -1);
      this.#painter.redrawGuides();
      return true;
    }
    return false;
  }

  /** Gives up a shape that was begun; whether there was one. */
  cancel(): boolean {
    const begun = this.#from !== null;
    this.#from = null;
    return begun;
  }

  #move({ x, y }: Point, far: boolean, fine: boolean): void {
    const painter = this.#painter;
    const { box, tool, edges, mask } = painter;
    if (tool === "focus" && box && !this.#from && !painter.caret) {
      painter.box = movedBox(box, { x: x * 8, y: y * 8 }, mask);
      painter.say(t("canvas.said.at", { x: painter.box.x, y: painter.box.y, state: t("canvas.tools.focus") }));
      painter.redrawGuides();
      return;
    }
    if (tool === "edges") {
      const step = EDGE_STEP * 8 * (far ? -1 : 1);
      const grow = (edge: number, pulls: boolean) => (pulls ? Math.max(0, edge + step) : edge);
      painter.grow({
        left: grow(edges.left, x < 0),
        right: grow(edges.right, x > 0),
        top: grow(edges.top, y < 0),
        bottom: grow(edges.bottom, y > 0),
      });
      return;
    }
    const step = fine ? 1 : Math.max(1, Math.round(painter.size / 4)) * (far ? 4 : 1);
    const from = this.#caret();
    painter.caret = {
      x: Math.min(mask.width - 0.5, Math.max(0.5, from.x + x * step)),
      y: Math.min(mask.height - 0.5, Math.max(0.5, from.y + y * step)),
    };
    this.#follow(painter.caret);
    this.#tell(painter.caret);
    painter.redrawGuides();
  }

  /** Where the caret is; it begins in the middle of what is seen. */
  #caret(): Point {
    const painter = this.#painter;
    const { stage, mask } = painter;
    if (painter.caret) return painter.caret;
    const seen = stage?.toPicture(stage.middle.x / stage.ratio, stage.middle.y / stage.ratio);
    const inside = seen && seen.x >= 0 && seen.y >= 0 && seen.x < mask.width && seen.y < mask.height;
    const { x, y } = inside ? seen : { x: mask.width / 2, y: mask.height / 2 };
    return { x: Math.floor(x) + 0.5, y: Math.floor(y) + 0.5 };
  }

  /** The picture moves where the caret would leave the stage. */
  #follow(caret: Point): void {
    const { stage } = this.#painter;
    if (!stage) return;
    const room = ROOM * stage.ratio;
    const { x, y } = toScreen(stage.view, caret);
    const back = (at: number, length: number) => (at < room ? room - at : at > length - room ? length - room - at : 0);
    const [right, down] = [back(x, stage.screen.width), back(y, stage.screen.height)];
    if (right !== 0 || down !== 0) stage.lookAt(panned(stage.view, right, down));
  }

  #tell({ x, y }: Point): void {
    const painted = isPainted(this.#painter.mask, Math.floor(x), Math.floor(y));
    const state = t(painted ? "canvas.said.painted" : "canvas.said.unpainted");
    this.#painter.say(t("canvas.said.at", { x: Math.floor(x), y: Math.floor(y), state }));
  }

  /** What a click would do. */
  act(straight: boolean): void {
    const painter = this.#painter;
    const at = this.#caret();
    painter.caret = at;
    const { tool } = painter;
    if (paints(tool)) {
      if (straight) painter.straightTo(at);
      else painter.stamp(at);
      this.#tell(at);
      painter.redrawGuides();
      return;
    }
    switch (tool) {
      case "bucket":
        painter.pour(at, straight);
        return;
      case "wand":
        painter.conjure(at, painter.prefs.values.mode);
        return;
      case "lasso":
      case "polygon":
        this.#corner(at);
        return;
      case "rectangle":
      case "ellipse":
        if (this.#from) painter.boxed(this.#from, at, tool, painter.prefs.values.mode);
        this.#begin(at);
        return;
      case "focus":
        if (this.#from) painter.box = drawnBox(this.#from, at, painter.mask);
        this.#begin(at);
        if (!this.#from && painter.box) {
          painter.caret = null;
          painter.say(t("canvas.said.box", { ...painter.box }));
        }
        return;
      case "edges":
    }
  }

  #begin(at: Point): void {
    const painter = this.#painter;
    this.#from = this.#from ? null : at;
    painter.corners = this.#from ? [this.#from] : [];
    if (this.#from) this.#sayCorner(1, at);
    painter.redrawGuides();
  }

  #sayCorner(count: number, { x, y }: Point): void {
    this.#painter.say(t("canvas.said.corner", { count, x: Math.floor(x), y: Math.floor(y) }));
  }

  /** A corner twice in the same place closes the shape. */
  #corner(at: Point): void {
    const painter = this.#painter;
    const { corners } = painter;
    const last = corners.at(-1);
    if (last?.x === at.x && last.y === at.y) {
      painter.corners = [];
      painter.outline(corners, painter.prefs.values.mode);
    } else {
      painter.corners = [...corners, at];
      this.#sayCorner(corners.length + 1, at);
    }
    painter.redrawGuides();
  }
}
