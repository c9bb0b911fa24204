// What hangs together with a pixel: the bucket looks at the mask, the wand at the picture.

import { isPainted, type Mask, PAINTED } from "./mask";
import type { Extent, Point } from "./rect";
import { Spans } from "./spans";

/** A picture's pixels, four bytes each. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

/** Everything that is like the pixel and can be reached from it going up, down, left and right. */
function flood({ width, height }: Extent, start: Point, isLike: (index: number) => boolean): Spans {
  const spans = new Spans();
  const [startX, startY] = [Math.floor(start.x), Math.floor(start.y)];
  if (startX < 0 || startY < 0 || startX >= width || startY >= height) return spans;
  const seen = new Uint8Array(width * height);
  const waiting = [startY * width + startX];
  for (let pixel = waiting.pop(); pixel !== undefined; pixel = waiting.pop()) {
    if (seen[pixel] === 1 || !isLike(pixel)) continue;
    const y = Math.floor(pixel / width);
    const row = y * width;
    let [from, to] = [pixel, pixel + 1];
    while (from > row && seen[from - 1] === 0 && isLike(from - 1)) from--;
    while (to < row + width && seen[to] === 0 && isLike(to)) to++;
    seen.fill(1, from, to);
    spans.add(y, from - row, to - row);
    for (const beside of [-width, width]) {
      if (beside < 0 ? y === 0 : y === height - 1) continue;
      // One pixel of each stretch suffices: it finds its neighbours itself.
      let inside = false;
      for (let at = from + beside; at < to + beside; at++) {
        const open = seen[at] === 0 && isLike(at);
        if (open && !inside) waiting.push(at);
        inside = open;
      }
    }
  }
  return spans;
}

/** The area around a pixel that is painted as it is, or not painted as it is not. */
export function bucket(mask: Mask, at: Point): Spans {
  const painted = isPainted(mask, Math.floor(at.x), Math.floor(at.y));
  const { bytes } = mask;
  return flood(mask, at, (index) => (bytes[index] ?? 0) >= PAINTED === painted);
}

/** What has the colour of a pixel, give or take `tolerance` (0 to 255) in each channel; all of it, or what hangs
 *  together with it. */
export function wand({ width, height, data }: Pixels, at: Point, tolerance: number, contiguous: boolean): Spans {
  const seed = (Math.floor(at.y) * width + Math.floor(at.x)) * 4;
  const [red, green, blue, alpha] = [data[seed] ?? 0, data[seed + 1] ?? 0, data[seed + 2] ?? 0, data[seed + 3] ?? 0];
  const isLike = (index: number) => {
    const from = index * 4;
    return (
      Math.abs((data[from] ?? 0) - red) <= tolerance &&
      Math.abs((data[from + 1] ?? 0) - green) <= tolerance &&
      Math.abs((data[from + 2] ?? 0) - blue) <= tolerance &&
      Math.abs((data[from + 3] ?? 0) - alpha) <= tolerance
    );
  };
  return contiguous ? flood({ width, height }, at, isLike) : everywhere({ width, height }, isLike);
}

function everywhere({ width, height }: Extent, isLike: (index: number) => boolean): Spans {
  const spans = new Spans();
  for (let y = 0; y < height; y++) {
    let from = -1;
    for (let x = 0; x <= width; x++) {
      const like = x < width && isLike(y * width + x);
      if (like && from < 0) from = x;
      if (!like && from >= 0) {
        spans.add(y, from, x);
        from = -1;
      }
    }
  }
  return spans;
}
