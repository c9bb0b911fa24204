/** Does something once what is there now has been painted. Gives the way to leave it. */
export function afterPaint(work: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let frame = requestAnimationFrame(() => {
    // Pictures that were asked for come with the next frame.
    frame = requestAnimationFrame(() => (timer = setTimeout(work)));
  });
  return () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
  };
}
