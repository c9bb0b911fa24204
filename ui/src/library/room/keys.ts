// What keys do with the pictures of a list, wherever it stands.

import { isCommand, isPlain, timeTravel } from "../../shared/keys";
import type { LibraryRoom } from "./room.svelte";

const STARS = ["0", "1", "2", "3", "4", "5"];

/** Whether the key was meant for the pictures; then it is done. */
export function pictureKey(room: LibraryRoom, event: KeyboardEvent): boolean {
  const travel = timeTravel(event);
  const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
  if (travel === "undo") void room.undo();
  else if (travel === "redo") void room.redo();
  else if (event.key === "Delete" && !typing && !isCommand(event)) void room.trash();
  else if (event.repeat) return false;
  else if (isPlain(event, "k")) void room.mark("keep");
  else if (isPlain(event, "x")) void room.mark("reject");
  else if (isPlain(event, "s") && room.stackIn(room.focus)) room.toggleStack(room.focus);
  else {
    const stars = STARS.findIndex((key) => isPlain(event, key));
    if (stars < 0) return false;
    void room.rate(stars);
  }
  event.preventDefault();
  return true;
}
