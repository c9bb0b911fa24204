// The page's half of the brush benchmark (P12): one trace of a hand, painted by our core and by a canvas that composites
// everything anew, as most painters in the browser do. It is bundled by brush.js and runs in Chromium.

import type { Brush } from "../src/canvas/core/brush";
import { cellsFor, followCells } from "../src/canvas/core/cells";
import { History } from "../src/canvas/core/history";
import { blank } from "../src/canvas/core/mask";
import { drawOverlay, type OverlayLook, REACH } from "../src/canvas/core/overlay";
import { Dirty, grown, intersection, isEmpty, wholeOf } from "../src/canvas/core/rect";
import { Stroke } from "../src/canvas/core/stroke";
import { boundsOnScreen, fitted, matrixOf, type View } from "../src/canvas/core/view";

const SCREEN = { width: 1200, height: 900 };
const EVENTS = 1000;
/** The peer is slow, and each of its events costs the same. */
const PEER_EVENTS = 60;
const LOOK: OverlayLook = { colour: [86, 180, 233], opacity: 0.55, pattern: "solid", outline: 1 };

export interface Measured {
  /** Milliseconds of the main thread, for each event. */
  times: number[];
  /** Events whose point is painted. */
  painted: number;
}

interface Spot {
  x: number;
  y: number;
}

/** A scribble across the whole picture: the same for everyone, from a fixed seed. */
function trace(side: number): Spot[] {
  let state = 20_261_126;
  const dice = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
  let jitter = { x: 0, y: 0 };
  return Array.from({ length: EVENTS }, (_, event) => {
    const along = event / EVENTS;
    jitter = { x: jitter.x * 0.9 + (dice() - 0.5) * 6, y: jitter.y * 0.9 + (dice() - 0.5) * 6 };
    return {
      x: side * (0.5 + 0.44 * Math.sin(along * Math.PI * 9)) + jitter.x,
      y: side * (0.06 + 0.88 * along) + side * 0.04 * Math.sin(along * 60) + jitter.y,
    };
  });
}

function canvasOf(width: number, height: number): [HTMLCanvasElement, CanvasRenderingContext2D] {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser has no canvas");
  return [canvas, context];
}

/** A canvas may put drawing off; reading one pixel of it makes it draw. Both sides pay for that. */
const settle = (context: CanvasRenderingContext2D) => context.getImageData(0, 0, 1, 1).data[0];

const viewOf = (side: number): View =>
  fitted({ zoom: 1, angle: 0, mirrored: false, x: 0, y: 0 }, { width: side, height: side }, SCREEN, 20);

function ours(side: number, radius: number): Measured {
  const mask = blank(side, side);
  const history = new History(mask);
  const cells = cellsFor(mask);
  const view = viewOf(side);
  const [, context] = canvasOf(SCREEN.width, SCREEN.height);
  const brush: Brush = { shape: "round", size: Math.max(1, radius * 2), hardness: 1, pressure: null };
  const stroke = new Stroke(history, brush, false);
  const spots = trace(side);
  const dirty = new Dirty();
  const times = spots.map((spot) => {
    const from = performance.now();
    for (const rect of stroke.to({ ...spot, pressure: 1 })) dirty.add(followCells(cells, mask, rect, "any"));
    for (const rect of dirty.take()) {
      const area = intersection(grown(boundsOnScreen(view, rect), REACH), wholeOf(SCREEN));
      if (isEmpty(area)) continue;
      const image = new ImageData(area.width, area.height);
      drawOverlay(image, area, view, mask, cells, LOOK);
      context.putImageData(image, area.x, area.y);
    }
    settle(context);
    return performance.now() - from;
  });
  stroke.end();
  history.commit();
  const painted = spots.filter(({ x, y }) => near(mask.bytes, side, x, y, radius)).length;
  return { times, painted };
}

/** Curves round corners off, within the brush. */
function near(bytes: Uint8Array, side: number, x: number, y: number, radius: number): boolean {
  const reach = Math.ceil(radius);
  for (let row = Math.floor(y) - reach; row <= y + reach; row++) {
    for (let column = Math.floor(x) - reach; column <= x + reach; column++) {
      if (row >= 0 && column >= 0 && row < side && column < side && bytes[row * side + column] === 255) return true;
    }
  }
  return false;
}

/** A canvas for the stroke, one for the mask, and for every event all of it over the picture. */
function composite(side: number, radius: number): Measured {
  const view = viewOf(side);
  const { a, b, c, d, e, f } = matrixOf(view);
  const [picture, paper] = canvasOf(side, side);
  paper.fillStyle = "#846";
  paper.fillRect(0, 0, side, side);
  const [strokes, pen] = canvasOf(side, side);
  const [, context] = canvasOf(SCREEN.width, SCREEN.height);
  pen.lineWidth = radius * 2;
  pen.lineCap = "round";
  pen.lineJoin = "round";
  pen.strokeStyle = "rgb(86 180 233)";
  let last: Spot | null = null;
  let painted = 0;
  const times = trace(side)
    .slice(0, PEER_EVENTS)
    .map((spot) => {
      const from = performance.now();
      pen.beginPath();
      pen.moveTo(last?.x ?? spot.x, last?.y ?? spot.y);
      pen.lineTo(spot.x, spot.y);
      pen.stroke();
      last = spot;
      painted++;
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, SCREEN.width, SCREEN.height);
      context.setTransform(a, b, c, d, e, f);
      context.globalAlpha = 1;
      context.drawImage(picture, 0, 0);
      context.globalAlpha = 0.55;
      context.drawImage(strokes, 0, 0);
      settle(context);
      return performance.now() - from;
    });
  return { times, painted };
}

/** What 200 strokes across the whole picture leave in the history. */
function undo(side: number): { depth: number; bytes: number } {
  const history = new History(blank(side, side));
  for (let step = 0; step < 200; step++) {
    const brush: Brush = { shape: "round", size: Math.round(side / 34), hardness: 1, pressure: null };
    const stroke = new Stroke(history, brush, step % 3 === 2);
    for (let point = 0; point <= 12; point++) {
      const y = ((step * 613) % 4096) / 4096 + Math.sin(point + step) * 0.2;
      stroke.to({ x: (point / 12) * side, y: (((y % 1) + 1) % 1) * side, pressure: 1 });
    }
    stroke.end();
    history.commit();
  }
  return { depth: history.depth, bytes: history.bytes };
}

Object.assign(window, { brushBench: { ours, composite, undo } });
