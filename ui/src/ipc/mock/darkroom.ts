// What tools make of pictures, roughly, on a canvas: enough to see before and after in a plain browser.

import type { Rect, Size, Step, Tool, ComparedWay } from "../index";

/** A canvas of this size is enough for a mock, however large the picture would be. */
const MOST = 1_600_000;

type Paint = (context: CanvasRenderingContext2D, picture: HTMLImageElement, size: Size) => void;

async function load(url: string): Promise<HTMLImageElement> {
  const image = new Image();
  image.src = url;
  await image.decode();
  return image;
}

const filtered =
  (filter: string): Paint =>
  (context, picture, { width, height }) => {
    context.filter = filter;
    context.drawImage(picture, 0, 0, width, height);
    context.filter = "none";
  };

/** The picture with every edge dark on light. */
const edges: Paint = (context, picture, { width, height }) => {
  filtered("grayscale(1) contrast(1.4)")(context, picture, { width, height });
  context.globalCompositeOperation = "difference";
  context.filter = "grayscale(1) contrast(1.4)";
  context.drawImage(picture, 2, 2, width, height);
  context.globalCompositeOperation = "source-over";
  context.filter = "brightness(7) invert(1)";
  context.drawImage(context.canvas, 0, 0);
  context.filter = "none";
};

const pencil: Paint = (context, picture, { width, height }) => {
  filtered("grayscale(1)")(context, picture, { width, height });
  context.globalCompositeOperation = "color-dodge";
  context.filter = "grayscale(1) invert(1) blur(6px)";
  context.drawImage(picture, 0, 0, width, height);
  context.globalCompositeOperation = "source-over";
  context.filter = "none";
};

/** What stands in the middle; around it, nothing. */
const masked: Paint = (context, picture, { width, height }) => {
  context.drawImage(picture, 0, 0, width, height);
  context.globalCompositeOperation = "destination-in";
  context.beginPath();
  context.ellipse(width / 2, height * 0.56, width * 0.34, height * 0.4, 0, 0, Math.PI * 2);
  context.fill();
  context.globalCompositeOperation = "source-over";
};

const soft: Paint = (context, picture, size) => {
  context.filter = "blur(1.2px)";
  masked(context, picture, size);
  context.filter = "none";
};

function paintsOf(tool: Tool): Paint[] {
  switch (tool.kind) {
    case "removeBackground":
      return [masked, filtered("saturate(1.3) brightness(1.1)"), soft];
    case "lineArt":
      return [edges];
    case "sketch":
      return [pencil];
    case "colorize":
      return [filtered("sepia(0.5) hue-rotate(300deg) saturate(2.2)")];
    case "emotion":
      return [filtered("hue-rotate(24deg) saturate(1.2)")];
    case "declutter":
    case "declutterKeepBubbles":
      return [filtered("blur(2px) saturate(1.1)")];
  }
}

function paintsFor(how: Step | ComparedWay): Paint[] {
  switch (how) {
    case "waifu2x":
      return [filtered("contrast(1.08) saturate(1.08)")];
    case "lanczos":
      return [filtered("blur(0.7px)")];
    case "nearest":
      return [
        (context, picture, { width, height }) => {
          context.imageSmoothingEnabled = false;
          context.drawImage(picture, 0, 0, width, height);
        },
      ];
  }
  switch (how.kind) {
    case "upscale":
      return [filtered("contrast(1.1) saturate(1.12)")];
    case "enlarge":
      return [filtered("contrast(1.04)")];
    case "annotate":
      return [filtered("grayscale(1) invert(1) contrast(2)")];
    case "augment":
      return paintsOf(how.tool);
  }
}

async function part(picture: HTMLImageElement, { left, top, width, height }: Rect): Promise<HTMLImageElement> {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  canvas.getContext("2d")?.drawImage(picture, left, top, width, height, 0, 0, width, height);
  return load(await addressOf(canvas));
}

function addressOf(canvas: HTMLCanvasElement): Promise<string> {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => {
      if (blob) resolve(URL.createObjectURL(blob));
      else reject(new Error("the canvas could not be read"));
    }, "image/png");
  });
}

/** What a step, or a way on a part, makes of the picture at an address. */
export async function rework(url: string, how: Step | ComparedWay, size: Size, crop: Rect | null): Promise<string[]> {
  const whole = await load(url);
  const picture = crop ? await part(whole, crop) : whole;
  const smaller = Math.min(1, Math.sqrt(MOST / (size.width * size.height)));
  const drawn = { width: Math.round(size.width * smaller), height: Math.round(size.height * smaller) };
  return Promise.all(
    paintsFor(how).map((paint) => {
      const canvas = Object.assign(document.createElement("canvas"), drawn);
      const context = canvas.getContext("2d");
      if (context) {
        context.imageSmoothingQuality = "high";
        paint(context, picture, drawn);
      }
      return addressOf(canvas);
    }),
  );
}
