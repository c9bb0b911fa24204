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

/** The item of the next row that lies nearest above or below. Items of a row begin at the same height. */
function nearest(boxes: readonly Box[], at: number, way: 1 | -1): number | null {
  const from = boxes[at];
  if (!from) return null;
  const beyond = boxes.filter(({ top }) => (top - from.top) * way > 0);
  const row = Math.min(...beyond.map(({ top }) => top * way)) * way;
  const middle = ({ left, width }: Box) => left + width / 2;
  const away = (box: Box) => Math.abs(middle(box) - middle(from));
  const [best] = beyond.filter(({ top }) => top === row).sort((one, other) => away(one) - away(other));
  return best ? boxes.indexOf(best) : null;
}
