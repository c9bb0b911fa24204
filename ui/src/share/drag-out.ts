// Pictures that are dragged out of the window. The file is made when the pointer has moved a little with the button
// held; from then on the system has the pointer, and no click follows.

import type { Attachment } from "svelte/attachments";

/** Moves shorter than this, in CSS pixels, are a click by an unsteady hand. */
const STILL = 6;

/** A finger scrolls instead. By keyboard the share panel has the same roads. */
export function dragsOut(begin: () => void): Attachment<HTMLElement> {
  return (element) => {
    let from: { x: number; y: number } | null = null;
    const down = ({ button, pointerType, clientX, clientY }: PointerEvent) => {
      from = button === 0 && pointerType !== "touch" ? { x: clientX, y: clientY } : null;
    };
    const move = ({ buttons, clientX, clientY }: PointerEvent) => {
      if (!from || buttons !== 1) return;
      if (Math.hypot(clientX - from.x, clientY - from.y) < STILL) return;
      from = null;
      begin();
    };
    const end = () => {
      from = null;
    };
    element.addEventListener("pointerdown", down);
    addEventListener("pointermove", move);
    addEventListener("pointerup", end);
    return () => {
      element.removeEventListener("pointerdown", down);
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", end);
    };
  };
}
