// Arrow keys in a grid whose rows the layout makes: the nearest item in that direction, by where the items lie.

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** The index to go to, or null where the key means nothing here. */
export function neighbour(boxes: readonly Box[], at: number, key: string): number | null {
  const last = boxes.length - 1;
  switch (key) {
    case "Home":
      return 0;
    case "End":
      return last;
    case "ArrowRight":
      return Math.min(last, at + 1);
    case "ArrowLeft":
      return Math.max(0, at - 1);
    case "ArrowDown":
      return nearest(boxes, at, 1) ?? at;
    case "ArrowUp":
      return nearest(boxes, at, -1) ?? at;
    default:
      return null;
  }
}

function nearest(boxes: readonly Box[], at: number, way: 1 | -1): number | null {
  const from = boxes[at];
  if (!from) return null;
  const middle = (box: Box) => ({ x: box.left + box.width / 2, y: box.top + box.height / 2 });
  const start = middle(from);
  let best: { index: number; distance: number } | null = null;
  for (const [index, box] of boxes.entries()) {
    const beyond = way === 1 ? box.top >= from.top + from.height : box.top + box.height <= from.top;
    if (!beyond) continue;
    const there = middle(box);
    // Rows before columns: a step down goes to the next row, and there to the nearest column.
    const distance = Math.abs(there.y - start.y) * 4 + Math.abs(there.x - start.x);
    if (!best || distance < best.distance) best = { index, distance };
  }
  return best?.index ?? null;
}
