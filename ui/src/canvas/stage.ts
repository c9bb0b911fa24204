// What is drawn, and when: the picture below, the mask above it, both as large as the screen shows them. Once a frame,
// and of the mask only what has changed. It knows canvases and no components; nothing here is reactive.

import { type Cells, cellsFor, followCells, type CellRule } from "./core/cells";
import { boundsOf, type Mask } from "./core/mask";
import { drawOverlay, GRID_FROM, type OverlayLook, REACH } from "./core/overlay";
import { type Edges, NO_EDGES } from "./core/painting";
import {
  areaOf,
  Dirty,
  type Extent,
  grown,
  intersection,
  isEmpty,
  type Point,
  type Rect,
  union,
  wholeOf,
} from "./core/rect";
import { boundsOnScreen, fitted, held, matrixOf, panned, toPicture, type View } from "./core/view";

/** A picture and smaller copies of it, so that a large one is not scaled down anew for every frame. */
interface Levels {
  readonly whole: HTMLImageElement;
  /** Each half as large as the one before. */
  readonly halves: ImageBitmap[];
}

/** Another picture that is laid over the first one, from a place of the screen on to the right. */
interface Over {
  readonly levels: Levels;
  /** 0 to 1 of the screen's width. */
  readonly from: number;
}

/** What is being painted by the model, within the mask. */
interface Preview {
  readonly canvas: OffscreenCanvas;
  readonly crop: Rect;
}

/** What the bars around the stage leave, in pixels of CSS. */
const ROOM = { left: 68, top: 68, right: 20, bottom: 56 } as const;
const KEPT_IN_SIGHT = 48;
/** From this zoom on pixels are shown as squares. */
const PIXELS_FROM = 2;

const CHECKER = ["#6b6b6b", "#5c5c5c"] as const;

export class Stage {
  view: View = { zoom: 1, angle: 0, mirrored: false, x: 0, y: 0 };
  /** In pixels of the device. */
  screen: Extent = { width: 0, height: 0 };
  /** Pixels of the device for one of CSS. */
  ratio = 1;
  cells: Cells | null = null;
  showsCells = true;
  hidesMask = false;
  hidesOver = false;

  readonly #picture: HTMLCanvasElement;
  readonly #overlay: HTMLCanvasElement;
  readonly #below: CanvasRenderingContext2D | null;
  readonly #above: CanvasRenderingContext2D | null;
  readonly #onview: () => void;
  #mask: Mask | null = null;
  #edges: Edges = NO_EDGES;
  #rule: CellRule = "any";
  #look: OverlayLook | null = null;
  #levels: Levels | null = null;
  #over: Over | null = null;
  #preview: Preview | null = null;
  /** Around everything in the mask; what is outside needs no drawing. */
  #paint: Rect | null = null;
  #dirty = new Dirty();
  #everything = false;
  #frame = 0;
  #pool = new ArrayBuffer(0);
  #checker: CanvasPattern | null = null;
  /** The view was never touched: it fits again when the room changes. */
  #fits = true;

  constructor(picture: HTMLCanvasElement, overlay: HTMLCanvasElement, onview: () => void) {
    this.#picture = picture;
    this.#overlay = overlay;
    this.#below = picture.getContext("2d", { alpha: true });
    this.#above = overlay.getContext("2d", { alpha: true, desynchronized: false });
    this.#onview = onview;
  }

  close(): void {
    cancelAnimationFrame(this.#frame);
    for (const levels of [this.#levels, this.#over?.levels]) for (const half of levels?.halves ?? []) half.close();
  }

  // What is shown

  /** Another mask, of another size perhaps. */
  show(mask: Mask, edges: Edges, rule: CellRule): void {
    const resized = this.#mask?.width !== mask.width || this.#mask.height !== mask.height;
    const shift = { x: edges.left - this.#edges.left, y: edges.top - this.#edges.top };
    this.#mask = mask;
    this.#edges = edges;
    this.#rule = rule;
    this.#paint = null;
    this.cells = cellsFor(mask);
    followCells(this.cells, mask, wholeOf(mask), rule);
    if (resized && !this.#fits) {
      // The picture stays where it is on the screen.
      const { a, b, c, d } = matrixOf(this.view);
      this.view = {
        ...this.view,
        x: this.view.x - a * shift.x - c * shift.y,
        y: this.view.y - b * shift.x - d * shift.y,
      };
    } else if (resized) {
      this.fit();
    }
    this.#all();
    this.#onview();
  }

  rule(rule: CellRule): void {
    if (!this.#mask || !this.cells || rule === this.#rule) return;
    this.#rule = rule;
    followCells(this.cells, this.#mask, wholeOf(this.#mask), rule);
    this.#all();
  }

  look(look: OverlayLook, showsCells: boolean): void {
    this.#look = look;
    this.showsCells = showsCells;
    this.#all();
  }

  /** The mask has changed there. `settled`: it is no longer being painted, and may have become smaller. */
  changed(rect: Rect, settled = false): void {
    if (!this.#mask || isEmpty(rect)) return;
    this.#paint = settled || this.#paint === null ? null : union(this.#paint, rect);
    const area = this.cells ? followCells(this.cells, this.#mask, rect, this.#rule) : rect;
    this.#dirty.add(area);
    this.#schedule();
  }

  async showPicture(whole: HTMLImageElement): Promise<void> {
    for (const half of this.#levels?.halves ?? []) half.close();
    const levels: Levels = { whole, halves: [] };
    this.#levels = levels;
    this.#all();
    await this.#halve(levels);
  }

  /** Lays another picture over the first one; null takes it away. */
  async showOver(whole: HTMLImageElement | null, from = 0): Promise<void> {
    if (whole && this.#over?.levels.whole === whole) {
      this.#over = { levels: this.#over.levels, from };
      this.#all();
      return;
    }
    for (const half of this.#over?.levels.halves ?? []) half.close();
    const levels = whole ? { whole, halves: [] } : null;
    this.#over = levels ? { levels, from } : null;
    this.#all();
    if (levels) await this.#halve(levels);
  }

  /** What the model has so far, within the mask; null takes it away. */
  showPreview(preview: { image: HTMLImageElement; crop: Rect } | null): void {
    const mask = this.#mask;
    this.#preview =
      preview && mask ? { canvas: maskedPreview(preview.image, preview.crop, mask), crop: preview.crop } : null;
    this.#all();
  }

  hide(what: "mask" | "over", hidden: boolean): void {
    if (what === "mask") this.hidesMask = hidden;
    else this.hidesOver = hidden;
    this.#all();
  }

  async #halve(levels: Levels): Promise<void> {
    let { naturalWidth: width, naturalHeight: height } = levels.whole;
    let source: ImageBitmapSource = levels.whole;
    while (Math.max(width, height) > 1024) {
      [width, height] = [Math.max(1, Math.round(width / 2)), Math.max(1, Math.round(height / 2))];
      try {
        source = await createImageBitmap(source, { resizeWidth: width, resizeHeight: height, resizeQuality: "high" });
      } catch {
        return;
      }
      if (this.#levels !== levels && this.#over?.levels !== levels) {
        source.close();
        return;
      }
      levels.halves.push(source);
    }
    if (levels.halves.length > 0) this.#all();
  }

  // The view

  /** The room has another size. */
  resize(width: number, height: number, ratio: number): void {
    const screen = { width: Math.round(width * ratio), height: Math.round(height * ratio) };
    if (screen.width === this.screen.width && screen.height === this.screen.height && ratio === this.ratio) return;
    this.screen = screen;
    this.ratio = ratio;
    for (const canvas of [this.#picture, this.#overlay]) {
      canvas.width = screen.width;
      canvas.height = screen.height;
    }
    if (this.#fits) this.fit();
    // A canvas that changes its size is empty: it is filled before anyone sees it.
    this.#everything = true;
    this.#draw();
    this.#onview();
  }

  get extent(): Extent {
    return this.#mask ?? { width: 1, height: 1 };
  }

  get middle(): Point {
    return { x: this.screen.width / 2, y: this.screen.height / 2 };
  }

  lookAt(view: View): void {
    this.#fits = false;
    this.view = held(view, this.extent, this.screen, KEPT_IN_SIGHT * this.ratio);
    this.#all();
    this.#onview();
  }

  fit(): void {
    if (this.screen.width === 0) return;
    const { width, height } = this.screen;
    // A small stage has no room to spare: there the bars lie over the picture.
    const roomy = width > 480 * this.ratio && height > 360 * this.ratio;
    const { left, top, right, bottom } = roomy ? ROOM : NO_EDGES;
    const clear = { width: width - (left + right) * this.ratio, height: height - (top + bottom) * this.ratio };
    const view = fitted(this.view, this.extent, clear, 8 * this.ratio);
    this.view = panned(view, Math.round(left * this.ratio), Math.round(top * this.ratio));
    this.#fits = true;
    this.#all();
    this.#onview();
  }

  // Drawing

  #all(): void {
    this.#everything = true;
    this.#schedule();
  }

  #schedule(): void {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  /** What waits to be drawn, now. */
  #draw(): void {
    const dirty = this.#dirty.take();
    const screen = wholeOf(this.screen);
    if (this.#everything) {
      this.#everything = false;
      this.#drawPicture();
      this.#above?.clearRect(0, 0, screen.width, screen.height);
      this.#drawMask(intersection(this.#inked(), screen));
      return;
    }
    for (const rect of dirty) {
      this.#drawMask(intersection(grown(boundsOnScreen(this.view, rect), REACH), screen));
    }
  }

  /** The part of the screen that the overlay may have something on. */
  #inked(): Rect {
    if (!this.#mask) return wholeOf({ width: 0, height: 0 });
    if (this.view.zoom >= GRID_FROM) return grown(boundsOnScreen(this.view, wholeOf(this.#mask)), REACH);
    this.#paint ??= boundsOf(this.#mask);
    return grown(boundsOnScreen(this.view, grown(this.#paint, 8)), REACH);
  }

  #drawMask(area: Rect): void {
    const [context, mask, look] = [this.#above, this.#mask, this.#look];
    if (!context || !mask || !look || isEmpty(area)) return;
    if (this.hidesMask) {
      context.clearRect(area.x, area.y, area.width, area.height);
      return;
    }
    const bytes = areaOf(area) * 4;
    if (this.#pool.byteLength < bytes) this.#pool = new ArrayBuffer(bytes);
    const data = new Uint8ClampedArray(this.#pool, 0, bytes);
    const image = new ImageData(data, area.width, area.height);
    drawOverlay(image, area, this.view, mask, this.showsCells ? this.cells : null, look);
    context.putImageData(image, area.x, area.y);
  }

  #drawPicture(): void {
    const [context, mask] = [this.#below, this.#mask];
    if (!context) return;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.screen.width, this.screen.height);
    if (!mask) return;
    const { a, b, c, d, e, f } = matrixOf(this.view);
    context.imageSmoothingEnabled = this.view.zoom < PIXELS_FROM;
    context.imageSmoothingQuality = "high";
    this.#checker ??= checkerOf(context, this.ratio);
    // A transparent picture, and what lies beyond its edges, stand on a checkerboard.
    context.beginPath();
    for (const [x, y] of [
      [0, 0],
      [mask.width, 0],
      [mask.width, mask.height],
      [0, mask.height],
    ] as const) {
      context.lineTo(a * x + c * y + e, b * x + d * y + f);
    }
    context.closePath();
    if (this.#checker) context.fillStyle = this.#checker;
    context.fill();
    context.setTransform(a, b, c, d, e, f);
    this.#drawLevels(context, this.#levels);
    const preview = this.#preview;
    if (preview) {
      const { crop } = preview;
      context.drawImage(preview.canvas, crop.x, crop.y, crop.width, crop.height);
    }
    this.#drawOver(context);
  }

  #drawOver(context: CanvasRenderingContext2D): void {
    const over = this.#over;
    if (!over || this.hidesOver) return;
    context.save();
    const matrix = context.getTransform();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.beginPath();
    context.rect(over.from * this.screen.width, 0, this.screen.width, this.screen.height);
    context.clip();
    context.setTransform(matrix);
    this.#drawLevels(context, over.levels);
    context.restore();
  }

  #drawLevels(context: CanvasRenderingContext2D, levels: Levels | null): void {
    if (!levels || levels.whole.naturalWidth === 0) return;
    const { left, top, right, bottom } = this.#edges;
    const mask = this.#mask;
    if (!mask) return;
    const halvings = Math.floor(Math.log2(1 / this.view.zoom) + 0.01);
    const source =
      halvings > 0 ? (levels.halves[Math.min(halvings, levels.halves.length) - 1] ?? levels.whole) : levels.whole;
    context.drawImage(source, left, top, mask.width - left - right, mask.height - top - bottom);
  }

  /** The picture's pixels; null where the browser does not let them be read. */
  pixels(): ImageData | null {
    const whole = this.#levels?.whole;
    const mask = this.#mask;
    if (!whole || !mask) return null;
    const canvas = new OffscreenCanvas(mask.width, mask.height);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (!context) return null;
    try {
      context.drawImage(whole, this.#edges.left, this.#edges.top);
      return context.getImageData(0, 0, mask.width, mask.height);
    } catch {
      return null;
    }
  }

  /** From a place in the room, in pixels of CSS, to the picture. */
  toPicture(x: number, y: number): Point {
    return toPicture(this.view, { x: x * this.ratio, y: y * this.ratio });
  }
}

function checkerOf(context: CanvasRenderingContext2D, ratio: number): CanvasPattern | null {
  const size = Math.round(8 * ratio);
  const canvas = new OffscreenCanvas(size * 2, size * 2);
  const tile = canvas.getContext("2d");
  if (!tile) return null;
  tile.fillStyle = CHECKER[0];
  tile.fillRect(0, 0, size * 2, size * 2);
  tile.fillStyle = CHECKER[1];
  tile.fillRect(0, 0, size, size);
  tile.fillRect(size, size, size, size);
  return context.createPattern(canvas, "repeat");
}

/** A preview of the crop, as far as the mask reaches. Half its size shows all that a preview has. */
function maskedPreview(image: HTMLImageElement, crop: Rect, mask: Mask): OffscreenCanvas {
  const scale = Math.min(1, 768 / Math.max(crop.width, crop.height));
  const [width, height] = [Math.max(1, Math.round(crop.width * scale)), Math.max(1, Math.round(crop.height * scale))];
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  if (!context) return canvas;
  const alpha = new ImageData(width, height);
  for (let y = 0, at = 3; y < height; y++) {
    const row = (crop.y + Math.floor(y / scale)) * mask.width + crop.x;
    for (let x = 0; x < width; x++, at += 4) alpha.data[at] = mask.bytes[row + Math.floor(x / scale)] ?? 0;
  }
  context.putImageData(alpha, 0, 0);
  context.globalCompositeOperation = "source-in";
  context.drawImage(image, 0, 0, width, height);
  return canvas;
}
