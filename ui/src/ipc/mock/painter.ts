// Pictures for the mock: a landscape at dusk that follows seed and size, painted on a canvas, and the blurred, noisy
// states it passes through on the way. Only for a plain browser; the shell's sandbox has a painter of its own.

interface Palette {
  sky: [string, string, string];
  sun: string;
  hills: string[];
}

const FIRST: Palette = {
  sky: ["#171b3a", "#6a3f73", "#f0a067"],
  sun: "#ffe3b0",
  hills: ["#7c4a6d", "#54375f", "#33264a", "#1c1730", "#100e1d"],
};

const PALETTES: Palette[] = [
  FIRST,
  {
    sky: ["#0e2a3a", "#2f7280", "#f3d9a4"],
    sun: "#fff4d2",
    hills: ["#4f8f8c", "#34706f", "#225455", "#143a3f", "#0b2529"],
  },
  {
    sky: ["#2a1420", "#8f3345", "#f6a15c"],
    sun: "#ffe9c4",
    hills: ["#94404a", "#6d2e3f", "#4a2134", "#2d1626", "#190d18"],
  },
  {
    sky: ["#101d34", "#3b5f96", "#e9dfe0"],
    sun: "#ffffff",
    hills: ["#7d93b5", "#5a7399", "#3e557a", "#28395a", "#172440"],
  },
  {
    sky: ["#13251c", "#4d7d56", "#f1e2a2"],
    sun: "#fff8d8",
    hills: ["#789a63", "#55794f", "#39583f", "#223b2e", "#12241d"],
  },
];

/** A small deterministic generator: the same seed paints the same picture. */
function dice(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1) >>> 0 || 1;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function canvasOf(width: number, height: number): [HTMLCanvasElement, CanvasRenderingContext2D] {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser has no canvas");
  return [canvas, context];
}

function ridge(random: () => number, width: number, base: number, swing: number): Path2D {
  const path = new Path2D();
  const waves = Array.from({ length: 4 }, (_, octave) => ({
    length: width / (0.7 + octave * (1.2 + random())),
    phase: random() * Math.PI * 2,
    height: swing / (octave + 1) ** 1.3,
  }));
  path.moveTo(0, base);
  for (let x = 0; x < width + 3; x += 3) {
    const y = waves.reduce(
      (sum, wave) => sum + Math.sin((x / wave.length) * Math.PI * 2 + wave.phase) * wave.height,
      base,
    );
    path.lineTo(x, y);
  }
  path.lineTo(width, base * 4 + 4000);
  path.lineTo(0, base * 4 + 4000);
  path.closePath();
  return path;
}

function scene(seed: number, width: number, height: number): HTMLCanvasElement {
  const random = dice(seed);
  const palette = PALETTES[Math.floor(random() * PALETTES.length)] ?? FIRST;
  const [canvas, paint] = canvasOf(width, height);
  const short = Math.min(width, height);

  const sky = paint.createLinearGradient(0, 0, 0, height * 0.72);
  palette.sky.forEach((colour, index) => sky.addColorStop(index / 2, colour));
  paint.fillStyle = sky;
  paint.fillRect(0, 0, width, height);

  paint.fillStyle = palette.sun;
  for (let star = 0; star < 90; star++) {
    paint.globalAlpha = random() * 0.7;
    const size = 0.5 + random() * 1.4;
    paint.fillRect(random() * width, random() * height * 0.4, size, size);
  }

  const [x, y, radius] = [
    width * (0.25 + random() * 0.5),
    height * (0.34 + random() * 0.16),
    short * (0.1 + random() * 0.09),
  ];
  const glow = paint.createRadialGradient(x, y, radius * 0.6, x, y, radius * 5);
  glow.addColorStop(0, palette.sun);
  glow.addColorStop(1, "transparent");
  paint.globalAlpha = 0.42;
  paint.fillStyle = glow;
  paint.fillRect(0, 0, width, height);
  paint.globalAlpha = 1;
  paint.fillStyle = palette.sun;
  paint.beginPath();
  paint.arc(x, y, radius, 0, Math.PI * 2);
  paint.fill();

  palette.hills.forEach((colour, index) => {
    const base = height * (0.52 + index * 0.095);
    paint.fillStyle = colour;
    paint.fill(ridge(random, width, base, height * (0.05 - index * 0.004)));
    const mist = paint.createLinearGradient(0, base, 0, base + height * 0.16);
    mist.addColorStop(0, "transparent");
    mist.addColorStop(1, palette.sky[2]);
    paint.globalAlpha = 0.16 - index * 0.03;
    if (paint.globalAlpha > 0) {
      paint.fillStyle = mist;
      paint.fillRect(0, base, width, height - base);
    }
    paint.globalAlpha = 1;
  });
  return canvas;
}

/** The picture as it looks when `done` (0 to 1) of the steps are through, as a `blob:` address. */
export async function paint(seed: number, width: number, height: number, done: number): Promise<string> {
  const whole = scene(seed, width, height);
  if (done >= 1) return addressOf(whole);
  const coarse = Math.max(10, Math.round(width * (0.03 + 0.5 * done ** 2)));
  const [small, shrink] = canvasOf(coarse, Math.max(10, Math.round((coarse * height) / width)));
  shrink.imageSmoothingQuality = "high";
  shrink.drawImage(whole, 0, 0, small.width, small.height);
  const noise = dice(seed + Math.round(done * 1000));
  const pixels = shrink.getImageData(0, 0, small.width, small.height);
  for (let at = 0; at < pixels.data.length; at++) {
    if (at % 4 !== 3) pixels.data[at] = (pixels.data[at] ?? 0) + (noise() - 0.5) * 190 * (1 - done) ** 1.5;
  }
  shrink.putImageData(pixels, 0, 0);
  const [canvas, stretch] = canvasOf(Math.round(width / 2), Math.round(height / 2));
  stretch.drawImage(small, 0, 0, canvas.width, canvas.height);
  return addressOf(canvas);
}

function addressOf(canvas: HTMLCanvasElement): Promise<string> {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => {
      if (blob) resolve(URL.createObjectURL(blob));
      else reject(new Error("the canvas could not be read"));
    }, "image/png");
  });
}
