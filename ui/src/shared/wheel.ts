// A wheel that changes a number, and never steals the scrolling of what lies around it. It is taken where the person
// put it: over a control that has the focus, or on which the pointer came to rest before the wheel was turned. A turn
// that began elsewhere and brought the control under the pointer goes on scrolling.

import type { Attachment } from "svelte/attachments";

/** Milliseconds of rest on the control, and since the last turn of a wheel anywhere. */
const REST = 400;

let turned = -Infinity;
let listening = false;

function listen(): void {
  if (listening) return;
  listening = true;
  window.addEventListener("wheel", ({ timeStamp }) => (turned = timeStamp), { passive: true });
}

/** Calls `step` with 1 for a turn away from the person, and -1 for one towards them. */
export function wheel(step: (by: 1 | -1) => void): Attachment<HTMLElement> {
  return (element) => {
    listen();
    let entered = Infinity;
    let taken = false;
    const rest = ({ timeStamp }: PointerEvent) => (entered = timeStamp);
    const leave = () => {
      entered = Infinity;
      taken = false;
    };
    const turn = (event: WheelEvent) => {
      const calm = event.timeStamp - turned > REST;
      taken = calm ? element.contains(document.activeElement) || event.timeStamp - entered > REST : taken;
      // Pinching arrives as a wheel with Ctrl; that is the page's.
      if (!taken || event.ctrlKey || event.deltaY === 0) return;
      event.preventDefault();
      step(event.deltaY < 0 ? 1 : -1);
    };
    element.addEventListener("pointermove", rest);
    element.addEventListener("pointerleave", leave);
    element.addEventListener("wheel", turn, { passive: false });
    return () => {
      element.removeEventListener("pointermove", rest);
      element.removeEventListener("pointerleave", leave);
      element.removeEventListener("wheel", turn);
    };
  };
}
