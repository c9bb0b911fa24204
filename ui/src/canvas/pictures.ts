/** A picture whose pixels are there. It says so to the shell, so that they may be read: the wand looks at them. */
export async function loadImage(url: string): Promise<HTMLImageElement> {
  const image = new Image();
  if (!url.startsWith("blob:")) image.crossOrigin = "anonymous";
  image.src = url;
  await image.decode();
  return image;
}
