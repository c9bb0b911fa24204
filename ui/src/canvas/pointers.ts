// What pointers mean: mouse, pen and fingers, turned into what the painter can do. One gesture at a time; a second
// finger takes back what the first one has begun, and pinches.

import { type Handle, drawnBox, HANDLES, movedBox, resizedBox } from "./core/focus";
import { EDGE_STEP, type Edges } from "./core/painting";
import { contains, type Point, type Rect } from "./core/rect";
import type { Mode } from "./core/spans";
import { panned, toScreen, turned, zoomed } from "./core/view";
import { EDGE_SIDES, type EdgeSide, edgePlaces, type Guides } from "./guides";
import type { Painter } from "./painter.svelte";
import type { Stage } from "./stage";
import { paints } from "./tools";

type Gesture =
  | { kind: "stroke" }
  | { kind: "pan"; last: Point }
  | { kind: "size"; from: Point; size: number }
  /** With Shift: a drag sizes the brush, a click draws a straight line. */
  | { kind: "sizeOrLine"; from: Point; size: number; erases: boolean }
  | { kind: "lasso"; corners: Point[]; mode: Mode }
  | { kind: "box"; shape: "rectangle" | "ellipse"; from: Point; to: Point; mode: Mode }
  | { kind: "drawFocus"; from: Point }
  | { kind: "pullFocus"; handle: Handle }
  | { kind: "moveFocus"; from: Point; box: Rect }
  | { kind: "edge"; side: EdgeSide; from: Point; edges: Edges; now: Edges }
  | { kind: "pinch"; fingers: [Point, Point] };

/** Pixels of CSS that a hand moves without meaning to. */
const SLACK = 4;
/** How near to a handle is on it. */
const GRIP = 12;
const FINGER_GRIP = 22;

const RIGHT = 2;
const MIDDLE = 1;
/** The eraser end of a pen, among `buttons`. */
const ERASER_END = 32;

/** Pixels of a wheel that double the zoom. */
const WHEEL = 320;

export class Pointers {
  readonly #painter: Painter;
  readonly #stage: Stage;
  readonly #guides: Guides;
  readonly #host: HTMLElement;
  #gesture: Gesture | null = null;
  #pointer: number | null = null;
  #fingers = new Map<number, Point>();
  #origin: Point = { x: 0, y: 0 };
  /** Space is down: everything pans. */
  pans = false;
  /** Whether something was panned while Space was down. */
  hasPanned = false;
  /** A stroke is about to begin on a shown take: it goes back to the picture. */
  onbegin: () => void = () => undefined;

  constructor(painter: Painter, stage: Stage, guides: Guides, host: HTMLElement) {
    this.#painter = painter;
    this.#stage = stage;
    this.#guides = guides;
    this.#host = host;
  }

  /** Where the host lies; it is read only when that may have changed. */
  measure(): void {
    const { left, top } = this.#host.getBoundingClientRect();
    this.#origin = { x: left, y: top };
  }

  get isBusy(): boolean {
    return this.#gesture !== null;
  }

  /** A shape that is being dragged is given up; whether there was one. */
  cancel(): boolean {
    if (!this.#gesture || this.#gesture.kind === "pan" || this.#gesture.kind === "pinch") return false;
    this.#giveUp();
    return true;
  }

  #giveUp(): void {
    this.#painter.drop();
    this.#gesture = null;
    this.#guides.shape(null);
    this.#guides.edges(null);
  }

  #at(event: MouseEvent): Point {
    return { x: event.clientX - this.#origin.x, y: event.clientY - this.#origin.y };
  }

  #inPicture(event: MouseEvent): Point {
    const at = this.#at(event);
    return this.#stage.toPicture(at.x, at.y);
  }

  down(event: PointerEvent): void {
    this.measure();
    this.#painter.caret = null;
    if (event.pointerType === "touch") {
      this.#fingers.set(event.pointerId, this.#at(event));
      if (this.#fingers.size === 2) {
        this.#pinch();
        return;
      }
      if (this.#fingers.size > 2) return;
    }
    if (this.#gesture) return;
    this.#gesture = this.#begin(event);
    if (!this.#gesture) return;
    this.#pointer = event.pointerId;
    this.#host.setPointerCapture(event.pointerId);
  }

  #pinch(): void {
    this.#giveUp();
    const [one, other] = [...this.#fingers.values()];
    if (!one || !other) return;
    this.#gesture = { kind: "pinch", fingers: [one, other] };
    this.#pointer = null;
  }

  #begin(event: PointerEvent): Gesture | null {
    const { tool, size } = this.#painter;
    const at = this.#at(event);
    if (event.button === MIDDLE || this.pans) return { kind: "pan", last: at };
    if (event.altKey && event.button === RIGHT && paints(tool)) return { kind: "size", from: at, size };
    const erases = event.button === RIGHT || (event.buttons & ERASER_END) !== 0;
    this.onbegin();
    switch (tool) {
      case "brush":
      case "eraser":
        if (event.shiftKey) return { kind: "sizeOrLine", from: at, size, erases: erases || tool === "eraser" };
        this.#painter.start(this.#touch(event), erases || tool === "eraser");
        return { kind: "stroke" };
      case "lasso":
        return { kind: "lasso", corners: [this.#inPicture(event)], mode: this.#modeOf(event) };
      case "rectangle":
      case "ellipse": {
        const from = this.#inPicture(event);
        return { kind: "box", shape: tool, from, to: from, mode: this.#modeOf(event) };
      }
      case "polygon":
        this.#corner(event, erases);
        return null;
      case "bucket":
        this.#painter.pour(this.#inPicture(event), erases || event.altKey);
        return null;
      case "wand":
        this.#painter.conjure(this.#inPicture(event), this.#modeOf(event));
        return null;
      case "focus":
        return this.#beginFocus(event);
      case "edges":
        return this.#beginEdge(event);
    }
  }

  /** Shift adds, Alt or the right button subtracts, Ctrl intersects. */
  #modeOf(event: MouseEvent): Mode {
    if (event.shiftKey) return "add";
    if (event.altKey || event.button === RIGHT) return "subtract";
    if (event.ctrlKey || event.metaKey) return "intersect";
    return this.#painter.prefs.values.mode;
  }

  #touch(event: PointerEvent): Point & { pressure: number } {
    return { ...this.#inPicture(event), pressure: pressureOf(event) };
  }

  /** Another corner of a polygon; one on the first, or a double click, closes it. */
  #corner(event: PointerEvent, erases: boolean): void {
    const { corners } = this.#painter;
    const [first] = corners;
    if (erases) {
      this.#painter.corners = [];
    } else if (first && corners.length > 2 && (event.detail > 1 || this.#isNear(event, first, GRIP))) {
      this.closePolygon(this.#modeOf(event));
      return;
    } else {
      this.#painter.corners = [...corners, this.#inPicture(event)];
    }
    this.#guides.draw();
  }

  closePolygon(mode: Mode = this.#painter.prefs.values.mode): void {
    const { corners } = this.#painter;
    this.#painter.corners = [];
    if (corners.length > 2) this.#painter.outline(corners, mode);
    this.#guides.draw();
  }

  #isNear(event: MouseEvent, point: Point, grip: number): boolean {
    const there = toScreen(this.#stage.view, point);
    const at = this.#at(event);
    return Math.hypot(there.x / this.#stage.ratio - at.x, there.y / this.#stage.ratio - at.y) <= grip;
  }

  #beginFocus(event: PointerEvent): Gesture {
    const { box } = this.#painter;
    const from = this.#inPicture(event);
    if (box) {
      const handle = this.#handleAt(event, box);
      if (handle) return { kind: "pullFocus", handle };
      if (contains(box, from)) return { kind: "moveFocus", from, box };
    }
    return { kind: "drawFocus", from };
  }

  #handleAt(event: PointerEvent, box: Rect): Handle | null {
    const grip = event.pointerType === "touch" ? FINGER_GRIP : GRIP;
    return HANDLES.find((handle) => this.#isNear(event, placeOf(box, handle), grip)) ?? null;
  }

  #beginEdge(event: PointerEvent): Gesture | null {
    const { edges } = this.#painter;
    const places = edgePlaces(this.#painter.whole);
    const side = EDGE_SIDES.find((found) => this.#isNear(event, places[found], FINGER_GRIP));
    const near = side ?? this.#edgeAt(event);
    return near ? { kind: "edge", side: near, from: this.#inPicture(event), edges, now: edges } : null;
  }

  /** The edge that a pointer is on or outside of. */
  #edgeAt(event: PointerEvent): EdgeSide | null {
    const { x, y } = this.#inPicture(event);
    const { width, height } = this.#painter.whole;
    const slack = (GRIP * this.#stage.ratio) / this.#stage.view.zoom;
    if (x < slack) return "left";
    if (x > width - slack) return "right";
    if (y < slack) return "top";
    return y > height - slack ? "bottom" : null;
  }

  move(event: PointerEvent): void {
    const at = this.#at(event);
    if (event.pointerType === "touch" && this.#fingers.has(event.pointerId)) this.#fingers.set(event.pointerId, at);
    else this.#guides.cursor(at);
    const gesture = this.#gesture;
    if (!gesture) {
      this.#hover(event);
      return;
    }
    if (gesture.kind !== "pinch" && event.pointerId !== this.#pointer) return;
    this.#go(gesture, event, at);
  }

  #go(gesture: Gesture, event: PointerEvent, at: Point): void {
    const { view, ratio } = this.#stage;
    switch (gesture.kind) {
      case "stroke":
        for (const part of coalesced(event)) this.#painter.move(this.#touch(part));
        return;
      case "pan":
        this.#stage.lookAt(panned(view, (at.x - gesture.last.x) * ratio, (at.y - gesture.last.y) * ratio));
        gesture.last = at;
        this.hasPanned = true;
        return;
      case "sizeOrLine":
        if (Math.hypot(at.x - gesture.from.x, at.y - gesture.from.y) <= SLACK) return;
        this.#gesture = { kind: "size", from: gesture.from, size: gesture.size };
        return;
      case "size":
        this.#painter.resizeBrush(gesture.size + ((at.x - gesture.from.x) * ratio * 2) / view.zoom);
        this.#guides.cursor(gesture.from);
        return;
      case "lasso":
        for (const part of coalesced(event)) gesture.corners.push(this.#inPicture(part));
        this.#guides.shape({ kind: "outline", corners: gesture.corners });
        return;
      case "box":
        gesture.to = this.#inPicture(event);
        this.#guides.shape({ kind: gesture.shape, from: gesture.from, to: gesture.to });
        return;
      case "drawFocus":
        this.#painter.box = drawnBox(gesture.from, this.#inPicture(event), this.#painter.mask);
        break;
      case "pullFocus":
        if (this.#painter.box) {
          this.#painter.box = resizedBox(this.#painter.box, gesture.handle, this.#inPicture(event), this.#painter.mask);
        }
        break;
      case "moveFocus": {
        const to = this.#inPicture(event);
        const by = { x: to.x - gesture.from.x, y: to.y - gesture.from.y };
        this.#painter.box = movedBox(gesture.box, by, this.#painter.mask);
        break;
      }
      case "edge":
        gesture.now = pulled(gesture, this.#inPicture(event));
        this.#guides.edges({ before: gesture.edges, now: gesture.now });
        return;
      case "pinch":
        this.#pinched(gesture);
        return;
    }
    this.#guides.draw();
  }

  #pinched(gesture: Extract<Gesture, { kind: "pinch" }>): void {
    const [one, other] = [...this.#fingers.values()];
    if (!one || !other) return;
    const { ratio } = this.#stage;
    const [was, is] = [between(...gesture.fingers), between(one, other)];
    const middle = { x: is.x * ratio, y: is.y * ratio };
    const moved = panned(this.#stage.view, (is.x - was.x) * ratio, (is.y - was.y) * ratio);
    this.#stage.lookAt(turned(zoomed(moved, is.length / was.length, middle), is.angle - was.angle, middle));
    gesture.fingers = [one, other];
  }

  #hover(event: PointerEvent): void {
    const { tool, box } = this.#painter;
    const [first] = this.#painter.corners;
    if (tool === "polygon" && first) this.#guides.rubber(this.#inPicture(event));
    if (tool === "focus" && box) {
      const handle = this.#handleAt(event, box);
      this.#guides.pointer(handle ? `${handle}-resize` : contains(box, this.#inPicture(event)) ? "move" : "crosshair");
    } else if (tool === "edges") {
      const side = this.#edgeAt(event);
      this.#guides.pointer(side === null ? "default" : side === "left" || side === "right" ? "ew-resize" : "ns-resize");
    }
  }

  up(event: PointerEvent): void {
    this.#fingers.delete(event.pointerId);
    const gesture = this.#gesture;
    if (!gesture || (gesture.kind !== "pinch" && event.pointerId !== this.#pointer)) return;
    this.#gesture = null;
    this.#pointer = null;
    switch (gesture.kind) {
      case "stroke":
        this.#painter.finish();
        return;
      case "sizeOrLine":
        this.#painter.straightTo(this.#inPicture(event), gesture.erases);
        return;
      case "lasso":
        this.#guides.shape(null);
        if (gesture.corners.length > 2) this.#painter.outline(gesture.corners, gesture.mode);
        return;
      case "box":
        this.#guides.shape(null);
        this.#painter.boxed(gesture.from, this.#inPicture(event), gesture.shape, gesture.mode);
        return;
      case "edge":
        this.#guides.edges(null);
        this.#painter.grow(gesture.now);
        return;
      case "pan":
      case "size":
      case "drawFocus":
      case "pullFocus":
      case "moveFocus":
      case "pinch":
    }
  }

  /** The system has taken the pointer away: what was being painted was not meant. */
  lost(event: PointerEvent): void {
    this.#fingers.delete(event.pointerId);
    if (event.pointerId === this.#pointer || this.#gesture?.kind === "pinch") {
      this.#giveUp();
      this.#pointer = null;
    }
  }

  wheel(event: WheelEvent): void {
    this.measure();
    const at = this.#at(event);
    const { view, ratio } = this.#stage;
    const pixels = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 32 : 1);
    const pinches = event.ctrlKey && Math.abs(pixels) < 40 && event.deltaMode === WheelEvent.DOM_DELTA_PIXEL;
    if (event.ctrlKey && !pinches && paints(this.#painter.tool)) {
      this.#painter.do({ kind: "size", up: pixels < 0 });
      this.#guides.cursor(at);
      return;
    }
    if (event.shiftKey) {
      this.#stage.lookAt(panned(view, -(event.deltaX || pixels) * ratio, 0));
      return;
    }
    const factor = 2 ** (-pixels / (pinches ? WHEEL / 4 : WHEEL));
    this.#stage.lookAt(zoomed(view, factor, { x: at.x * ratio, y: at.y * ratio }));
  }
}

/** A mouse has none, and what says it is one may be a pen with a pressure that does not change. */
function pressureOf(event: PointerEvent): number {
  return event.pointerType === "pen" && event.pressure > 0 ? event.pressure : 1;
}

function coalesced(event: PointerEvent): PointerEvent[] {
  const parts = "getCoalescedEvents" in event ? event.getCoalescedEvents() : [];
  return parts.length > 0 ? parts : [event];
}

function between(one: Point, other: Point): Point & { length: number; angle: number } {
  const [x, y] = [other.x - one.x, other.y - one.y];
  return {
    x: (one.x + other.x) / 2,
    y: (one.y + other.y) / 2,
    length: Math.max(1, Math.hypot(x, y)),
    angle: Math.atan2(y, x),
  };
}

/** Where a handle lies on its box. */
export function placeOf({ x, y, width, height }: Rect, handle: Handle): Point {
  return {
    x: handle.includes("w") ? x : handle.includes("e") ? x + width : x + width / 2,
    y: handle.includes("n") ? y : handle.includes("s") ? y + height : y + height / 2,
  };
}

function pulled({ side, from, edges }: Extract<Gesture, { kind: "edge" }>, to: Point): Edges {
  const snapped = (value: number) => Math.round(value / EDGE_STEP) * EDGE_STEP;
  switch (side) {
    case "left":
      return { ...edges, left: Math.max(0, edges.left + snapped(from.x - to.x)) };
    case "right":
      return { ...edges, right: Math.max(0, edges.right + snapped(to.x - from.x)) };
    case "top":
      return { ...edges, top: Math.max(0, edges.top + snapped(from.y - to.y)) };
    case "bottom":
      return { ...edges, bottom: Math.max(0, edges.bottom + snapped(to.y - from.y)) };
  }
}
