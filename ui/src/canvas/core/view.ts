// How the picture lies on the screen: moved, zoomed, turned, mirrored. Screen pixels are those of the device, so that
// 100 % is one for one. Nothing here changes a view; everything answers a new one.

import { between, type Extent, type Point, type Rect } from "./rect";

export interface View {
  /** Screen pixels for one of the picture. */
  readonly zoom: number;
  /** Clockwise, in radians. */
  readonly angle: number;
  readonly mirrored: boolean;
  /** Where the picture's upper left corner lies on the screen. */
  readonly x: number;
  readonly y: number;
}

export const ZOOM = { min: 0.1, max: 32 } as const;

/** As CSS and canvas have it: x' = ax + cy + e, y' = bx + dy + f. */
export interface Matrix {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly e: number;
  readonly f: number;
}

export const clampZoom = (zoom: number) => Math.min(ZOOM.max, Math.max(ZOOM.min, zoom));

export function matrixOf({ zoom, angle, mirrored, x, y }: View): Matrix {
  const [cos, sin] = [exact(Math.cos(angle)) * zoom, exact(Math.sin(angle)) * zoom];
  const flip = mirrored ? -1 : 1;
  return { a: flip * cos, b: flip * sin, c: -sin, d: cos, e: x, f: y };
}

/** Quarter turns stay on the grid of pixels. */
function exact(value: number): number {
  return Math.abs(value) < 1e-12 ? 0 : Math.abs(Math.abs(value) - 1) < 1e-12 ? Math.sign(value) : value;
}

export function inverseOf({ a, b, c, d, e, f }: Matrix): Matrix {
  const size = a * d - b * c;
  return { a: d / size, b: -b / size, c: -c / size, d: a / size, e: (c * f - d * e) / size, f: (b * e - a * f) / size };
}

const applied = ({ a, b, c, d, e, f }: Matrix, { x, y }: Point): Point => ({
  x: a * x + c * y + e,
  y: b * x + d * y + f,
});

export const toScreen = (view: View, point: Point) => applied(matrixOf(view), point);
export const toPicture = (view: View, point: Point) => applied(inverseOf(matrixOf(view)), point);

/** The same view, moved so that a point of the picture lies at a point of the screen. */
function pinned(view: View, point: Point, at: Point): View {
  const now = toScreen(view, point);
  return { ...view, x: view.x + at.x - now.x, y: view.y + at.y - now.y };
}

export const panned = (view: View, x: number, y: number): View => ({ ...view, x: view.x + x, y: view.y + y });

/** Zoomed by a factor; what lies under the pointer stays there. */
export function zoomed(view: View, factor: number, at: Point): View {
  return pinned({ ...view, zoom: clampZoom(view.zoom * factor) }, toPicture(view, at), at);
}

export function turned(view: View, by: number, at: Point): View {
  const angle = Math.atan2(Math.sin(view.angle + by), Math.cos(view.angle + by));
  return pinned({ ...view, angle }, toPicture(view, at), at);
}

/** Left and right change places on the screen. */
export function flipped(view: View, at: Point): View {
  return pinned({ ...view, mirrored: !view.mirrored, angle: -view.angle }, toPicture(view, at), at);
}

/** As large as fits into the screen with some room around it, in the middle. It is never enlarged beyond 100 % to fit. */
export function fitted(view: View, picture: Extent, screen: Extent, room: number): View {
  const { a, b, c, d } = matrixOf({ ...view, zoom: 1 });
  const width = Math.abs(a) * picture.width + Math.abs(c) * picture.height;
  const height = Math.abs(b) * picture.width + Math.abs(d) * picture.height;
  const most = Math.min((screen.width - 2 * room) / width, (screen.height - 2 * room) / height);
  return centred({ ...view, zoom: clampZoom(Math.min(1, most)) }, picture, screen);
}

export function centred(view: View, picture: Extent, screen: Extent): View {
  const moved = pinned(
    view,
    { x: picture.width / 2, y: picture.height / 2 },
    { x: screen.width / 2, y: screen.height / 2 },
  );
  // On whole pixels, so that 100 % is sharp.
  return { ...moved, x: Math.round(moved.x), y: Math.round(moved.y) };
}

/** Kept in reach: some of the picture always stays on the screen. */
export function held(view: View, picture: Extent, screen: Extent, least: number): View {
  const { x, y, width, height } = boundsOnScreen(view, { x: 0, y: 0, ...picture });
  const back = (from: number, length: number, room: number) =>
    from + length < least ? least - from - length : from > room - least ? room - least - from : 0;
  return panned(view, back(x, width, screen.width), back(y, height, screen.height));
}

/** The smallest upright rectangle of whole screen pixels around a part of the picture. */
export function boundsOnScreen(view: View, { x, y, width, height }: Rect): Rect {
  const matrix = matrixOf(view);
  const corners = [
    applied(matrix, { x, y }),
    applied(matrix, { x: x + width, y }),
    applied(matrix, { x, y: y + height }),
    applied(matrix, { x: x + width, y: y + height }),
  ];
  const [xs, ys] = [corners.map((corner) => corner.x), corners.map((corner) => corner.y)];
  return between(
    Math.floor(Math.min(...xs)),
    Math.floor(Math.min(...ys)),
    Math.ceil(Math.max(...xs)),
    Math.ceil(Math.max(...ys)),
  );
}
