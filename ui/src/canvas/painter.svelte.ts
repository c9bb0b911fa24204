// The painter: the mask being painted, the tool in hand, and what a person can do. What changes with every move of the
// pointer is plain; what the rail, the bars and the panel show is reactive, and changes when something is done.

import { t } from "../i18n/index.svelte";
import { largerSize, SIZE, smallerSize } from "./core/brush";
import { type CellRule, countCells } from "./core/cells";
import { bucket, wand } from "./core/flood";
import { fittedBox, MARGIN, movedBox } from "./core/focus";
import { boundsOf, isPainted, type Mask, PAINTED } from "./core/mask";
import { grow, shrink, smooth } from "./core/morphology";
import { type Change, type Edges, NO_EDGES, Painting } from "./core/painting";
import { PATTERNS } from "./core/pattern";
import { isEmpty, type Point, type Rect, wholeOf } from "./core/rect";
import { ellipse, polygon, rectangle } from "./core/shapes";
import { apply, type Mode, type Spans } from "./core/spans";
import { Stroke, type Touch } from "./core/stroke";
import { flipped, turned, zoomed } from "./core/view";
import { clear, fillAll, invert } from "./core/whole";
import type { Command } from "./keymap";
import { Prefs } from "./prefs.svelte";
import type { Stage } from "./stage";
import { type Tool } from "./tools";

export type Reshape = "grow" | "shrink" | "smooth";

const ZOOM_STEP = 1.25;
const TURN = Math.PI / 12;
const HARDNESS_STEP = 0.1;
const OPACITY_STEP = 0.05;

/** What the painter leaves to the room around it. */
export interface Around {
  /** The mask has changed; it is to be saved. */
  changed(rect: Rect, resized: boolean): void;
  generate(): void;
  /** Escape, with nothing of the painter's own to be closed. */
  leave(): void;
}

export class Painter {
  readonly prefs = new Prefs();
  tool: Tool = $state("brush");
  /** For those who listen: the last thing that happened. */
  said = $state("");
  /** Percent. */
  zoom = $state(100);
  turned = $state(false);
  canUndo = $state(false);
  canRedo = $state(false);
  cells = $state(0);
  allCells = $state(1);
  rule: CellRule = $state("any");
  edges: Edges = $state.raw(NO_EDGES);
  width = $state(0);
  height = $state(0);
  /** The focus box, if one was drawn. */
  box: Rect | null = $state.raw(null);
  /** What is sent, where that is not a drawn box. */
  sent: { crop: Rect; inner: Rect } | null = $state.raw(null);
  margin: number = $state(MARGIN.usual);
  /** Which dialog for the whole mask is open. */
  reshaping: Reshape | null = $state(null);
  hidesMask = $state(false);
  /** Whether the box is shown: not where a result is looked at. */
  framed = $state(true);
  /** What of the mask stands in for the mouse, moved by the arrow keys. */
  caret: Point | null = null;
  /** Corners of a shape that is not closed yet. */
  corners: Point[] = [];

  stage: Stage | null = null;
  /** Draws cursor, box and shapes again; set by the component that shows them. */
  redrawGuides: () => void = () => undefined;

  #around: Around;
  #painting: Painting;
  #stroke: Stroke | null = null;
  /** Where the last stroke ended: a straight one begins there. */
  #last: Point | null = null;
  /** The mask before a dialog tried something. */
  #trying = false;

  constructor(painting: Painting, around: Around) {
    this.#painting = painting;
    this.#around = around;
    this.#settled();
  }

  get mask(): Mask {
    return this.#painting.mask;
  }

  get isPainting(): boolean {
    return this.#stroke !== null;
  }

  get isEmpty(): boolean {
    return this.cells === 0;
  }

  /** Another picture on the same stage. */
  open(painting: Painting): void {
    this.drop();
    this.#painting = painting;
    this.#last = null;
    this.caret = null;
    this.corners = [];
    this.box = null;
    this.sent = null;
    this.show();
    this.#settled();
  }

  /** Puts the mask on the stage. */
  show(): void {
    this.stage?.show(this.mask, this.#painting.edges, this.rule);
    this.stage?.look(this.prefs.look, this.prefs.values.cells);
    this.#settled();
  }

  /** What the bars and the panel show of the mask. */
  #settled(): void {
    this.canUndo = this.#painting.canUndo;
    this.canRedo = this.#painting.canRedo;
    this.edges = this.#painting.edges;
    this.width = this.mask.width;
    this.height = this.mask.height;
    const cells = this.stage?.cells;
    if (cells) {
      this.cells = countCells(cells);
      this.allCells = cells.bytes.length;
    }
  }

  #done({ rect, resized }: Change): boolean {
    if (isEmpty(rect)) {
      this.#settled();
      return false;
    }
    if (resized) {
      const { left, top } = this.edges;
      this.show();
      this.#shiftBox(this.edges.left - left, this.edges.top - top);
    } else {
      this.stage?.changed(rect, true);
    }
    this.#settled();
    this.#around.changed(rect, resized);
    return true;
  }

  /** The box stays on what it was drawn around. */
  #shiftBox(x: number, y: number): void {
    if (this.box) this.box = movedBox(this.box, { x, y }, this.mask);
    this.redrawGuides();
  }

  say(text: string): void {
    this.said = text;
  }

  // Strokes

  start(touch: Touch, erases: boolean): void {
    this.drop();
    // The right button erases with the brush in hand.
    const brush = this.prefs.brushFor(this.tool === "eraser" ? "eraser" : "brush");
    const string = this.prefs.stringAt(this.stage?.view.zoom ?? 1);
    this.#stroke = new Stroke(this.#painting.canvas, brush, erases, string);
    this.#last = touch;
    this.#draw(this.#stroke.to(touch));
  }

  #draw(rects: readonly Rect[]): void {
    for (const rect of rects) this.stage?.changed(rect);
  }

  move(touch: Touch): void {
    if (!this.#stroke) return;
    this.#draw(this.#stroke.to(touch));
    this.#last = touch;
  }

  finish(): void {
    if (!this.#stroke) return;
    this.#draw(this.#stroke.end());
    this.#stroke = null;
    this.#done(this.#painting.commit());
  }

  /** Takes back a stroke that was not meant. */
  drop(): void {
    this.#stroke = null;
    const { rect } = this.#painting.drop();
    if (isEmpty(rect)) return;
    this.stage?.changed(rect, true);
    // It may have been saved half-way.
    this.#around.changed(rect, false);
  }

  /** One stamp. */
  stamp(at: Point, erases = this.tool === "eraser"): void {
    this.start({ ...at, pressure: 1 }, erases);
    this.finish();
  }

  /** A straight line from where the last stroke ended. */
  straightTo(at: Point, erases = this.tool === "eraser"): void {
    this.start({ ...(this.#last ?? at), pressure: 1 }, erases);
    this.move({ ...at, pressure: 1 });
    this.finish();
  }

  // Shapes

  shape(spans: Spans, mode: Mode): void {
    const changed = this.#done(this.#painting.edit((canvas) => apply(canvas, spans, mode)));
    this.say(changed ? t(`canvas.said.${mode}`) : t("canvas.said.nothing"));
  }

  boxed(one: Point, other: Point, kind: "rectangle" | "ellipse", mode: Mode): void {
    this.shape((kind === "rectangle" ? rectangle : ellipse)(one, other, this.mask), mode);
  }

  outline(corners: readonly Point[], mode: Mode): void {
    this.shape(polygon(corners, this.mask), mode);
  }

  /** Fills what the paint encloses; on paint, with `takes`, takes the blob away. */
  pour(at: Point, takes: boolean): void {
    const painted = isPainted(this.mask, Math.floor(at.x), Math.floor(at.y));
    if (painted === takes) this.shape(bucket(this.mask, at), takes ? "subtract" : "add");
  }

  conjure(at: Point, mode: Mode): void {
    const pixels = this.stage?.pixels();
    if (!pixels) {
      this.say(t("canvas.said.noPixels"));
      return;
    }
    const { tolerance, contiguous } = this.prefs.values;
    this.shape(wand(pixels, at, tolerance, contiguous), mode);
  }

  // The whole mask

  #whole(operation: Parameters<Painting["edit"]>[0], said: string): void {
    this.drop();
    this.#done(this.#painting.edit(operation));
    this.say(said);
  }

  /** Tries a change of shape, to be seen; `accept` keeps what was tried last, `refuse` takes it back. */
  attempt(how: Reshape, radius: number): void {
    this.refuse();
    const operation = { grow, shrink, smooth }[how];
    this.stage?.changed(operation(this.#painting.canvas, radius), true);
    this.#trying = true;
    this.#settled();
  }

  accept(how: Reshape): void {
    this.#trying = false;
    this.#done(this.#painting.commit());
    this.say(t(`canvas.said.${how}`));
  }

  refuse(): void {
    if (this.#trying) this.drop();
    this.#trying = false;
    this.#settled();
  }

  replace(bytes: Uint8Array): void {
    this.#done(this.#painting.replace(bytes));
  }

  grow(edges: Edges): void {
    if (this.#done(this.#painting.resize(edges))) {
      this.say(t("canvas.said.grown", { width: this.width, height: this.height }));
    }
  }

  /** When a cell is sent as painted. */
  follow(rule: CellRule): void {
    this.rule = rule;
    this.stage?.rule(rule);
    this.#settled();
  }

  fitBox(): void {
    const box = fittedBox(boundsOf(this.mask, PAINTED), this.margin, this.mask);
    if (box) this.box = box;
    this.say(box ? t("canvas.said.box", { width: box.width, height: box.height }) : t("canvas.said.noBox"));
    this.redrawGuides();
  }

  // Size and view

  resizeBrush(size: number): void {
    const tool = this.tool === "eraser" ? "eraser" : "brush";
    this.prefs.values[tool].size = Math.round(Math.min(SIZE.max, Math.max(SIZE.min, size)));
    this.prefs.keep();
    this.redrawGuides();
  }

  get size(): number {
    return this.prefs.values[this.tool === "eraser" ? "eraser" : "brush"].size;
  }

  choose(tool: Tool): void {
    this.drop();
    this.corners = [];
    this.tool = tool;
    this.say(t(`canvas.tools.${tool}`));
    this.redrawGuides();
  }

  lookChanged(): void {
    this.prefs.keep();
    this.stage?.look(this.prefs.look, this.prefs.values.cells);
    this.redrawGuides();
  }

  viewChanged(): void {
    const view = this.stage?.view;
    if (!view) return;
    const zoom = Math.round(view.zoom * 100);
    if (zoom !== this.zoom) this.zoom = zoom;
    const moved = view.angle !== 0 || view.mirrored;
    if (moved !== this.turned) this.turned = moved;
    this.redrawGuides();
  }

  hide(hidden: boolean): void {
    this.hidesMask = hidden;
    this.stage?.hide("mask", hidden);
  }

  straighten(): void {
    const stage = this.stage;
    if (!stage) return;
    stage.view = { ...stage.view, angle: 0, mirrored: false };
    stage.fit();
  }

  // Commands

  /** Whether there was something to do. */
  do(command: Command): boolean {
    const { stage } = this;
    switch (command.kind) {
      case "tool":
        this.choose(command.tool);
        return true;
      case "swap":
        this.choose(this.tool === "brush" ? "eraser" : "brush");
        return true;
      case "size":
        this.resizeBrush(command.up ? largerSize(this.size) : smallerSize(this.size));
        this.say(t("canvas.said.size", { value: this.size }));
        return true;
      case "hardness":
        this.#harder(command.up);
        return true;
      case "opacity": {
        const { values } = this.prefs;
        values.opacity = Math.min(1, Math.max(0.1, values.opacity + (command.up ? OPACITY_STEP : -OPACITY_STEP)));
        this.lookChanged();
        return true;
      }
      case "pattern": {
        const { values } = this.prefs;
        values.pattern = PATTERNS[(PATTERNS.indexOf(values.pattern) + 1) % PATTERNS.length] ?? "solid";
        this.lookChanged();
        this.say(t(`canvas.patterns.${values.pattern}`));
        return true;
      }
      case "everything":
        this.say(t("canvas.said.everything"));
        return true;
      case "fillAll":
        this.#whole(fillAll, t("canvas.said.filled"));
        return true;
      case "clear":
        this.#whole(clear, t("canvas.said.cleared"));
        return true;
      case "invert":
        this.#whole(invert, t("canvas.said.inverted"));
        return true;
      case "reshape":
        this.reshaping = command.how;
        return true;
      case "fitBox":
        this.fitBox();
        return true;
      case "undo":
      case "redo":
        this.#travel(command.kind);
        return true;
      case "fit":
        stage?.fit();
        return true;
      case "actual":
        stage?.lookAt(zoomed(stage.view, 1 / stage.view.zoom, stage.middle));
        return true;
      case "zoom":
        stage?.lookAt(zoomed(stage.view, command.in ? ZOOM_STEP : 1 / ZOOM_STEP, stage.middle));
        return true;
      case "turn":
        stage?.lookAt(turned(stage.view, command.clockwise ? TURN : -TURN, stage.middle));
        return true;
      case "mirror":
        stage?.lookAt(flipped(stage.view, stage.middle));
        return true;
      case "generate":
        this.#around.generate();
        return true;
      case "cancel":
        this.#cancel();
        return true;
    }
  }

  #harder(up: boolean): void {
    const nib = this.prefs.values[this.tool === "eraser" ? "eraser" : "brush"];
    nib.hardness = Number(Math.min(1, Math.max(0, nib.hardness + (up ? HARDNESS_STEP : -HARDNESS_STEP))).toFixed(2));
    this.prefs.keep();
    this.say(t("canvas.said.hardness", { value: Math.round(nib.hardness * 100) }));
  }

  #travel(way: "undo" | "redo"): void {
    if (this.corners.length > 0 && way === "undo") {
      this.corners = this.corners.slice(0, -1);
      this.redrawGuides();
      return;
    }
    this.drop();
    const changed = this.#done(this.#painting[way]());
    this.say(t(changed ? `canvas.said.${way}` : "canvas.said.nothingLeft"));
  }

  #cancel(): void {
    if (this.#stroke) this.drop();
    else if (this.corners.length > 0) this.corners = [];
    else this.#around.leave();
    this.redrawGuides();
  }

  /** Everything there is, as a rectangle. */
  get whole(): Rect {
    return wholeOf(this.mask);
  }
}
