// Lets go of a picture's pixels as soon as its element leaves the page. An <img> that nobody sees any more holds them
// until the next collection of garbage, and thousands of them pass by in a grid.

import type { Attachment } from "svelte/attachments";

export const released: Attachment<HTMLImageElement> = (image) => () => {
  image.removeAttribute("src");
};
