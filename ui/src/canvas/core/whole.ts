// What changes the whole mask: invert, fill, clear.

import { boundsOf, type Canvas } from "./mask";
import { isEmpty, NOTHING, type Rect, wholeOf } from "./rect";

export function invert(canvas: Canvas): Rect {
  const { mask } = canvas;
  const area = wholeOf(mask);
  canvas.touch(area);
  const { bytes } = mask;
  for (let at = 0; at < bytes.length; at++) bytes[at] = 255 - (bytes[at] ?? 0);
  return area;
}

export function fillAll(canvas: Canvas): Rect {
  const area = wholeOf(canvas.mask);
  canvas.touch(area);
  canvas.mask.bytes.fill(255);
  return area;
}

export function clear(canvas: Canvas): Rect {
  const area = boundsOf(canvas.mask);
  if (isEmpty(area)) return NOTHING;
  canvas.touch(area);
  canvas.mask.bytes.fill(0);
  return area;
}
