// P12: milliseconds of the main thread for each event of a stroke, ours against a canvas that composites everything
// anew, in headless Chromium, alternating.
//
//   node bench/brush.js [--rounds N] [--side PIXELS]   prints a table
//   node bench/brush.js --serve        answers line by line: first what it is, then, for every line it reads, one round:
//                                      the 95th percentiles of ours and theirs for each case, in milliseconds

import { createInterface } from "node:readline";
import { join } from "node:path";

import { chromium } from "playwright-core";
import { build } from "vite";

const SIDES = [1024, 2048, 4096];
const RADII = [4, 20, 200];
const CASES = SIDES.filter((side) => !process.argv.includes("--side") || process.argv.includes(String(side))).flatMap(
  (side) => RADII.map((radius) => ({ side, radius })),
);
const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

async function bundle() {
  const built = await build({
    root: import.meta.dirname,
    configFile: false,
    logLevel: "error",
    build: {
      write: false,
      minify: true,
      lib: { entry: join(import.meta.dirname, "brush.ts"), formats: ["iife"], name: "bench" },
    },
  });
  const [{ output }] = Array.isArray(built) ? built : [built];
  return output[0].code;
}

async function launch() {
  const named = process.env["CHROMIUM"];
  for (const executablePath of named ? [named] : PLACES) {
    try {
      return await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
    } catch {
      // The next one may be there.
    }
  }
  throw new Error("no Chromium starts here; install one or name it in CHROMIUM");
}

function percentile(times, share) {
  const sorted = [...times].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

const browser = await launch();
const code = await bundle();

/** One side of one case, in a page of its own: nobody pays for another's garbage. */
async function measure(side, { side: pixels, radius }) {
  const page = await browser.newPage();
  try {
    await page.addScriptTag({ content: code });
    return await page.evaluate(([which, width, size]) => window.brushBench[which](width, size), [side, pixels, radius]);
  } finally {
    await page.close();
  }
}

async function round(found) {
  const mine = await measure("ours", found);
  const theirs = await measure("composite", found);
  return {
    mine: percentile(mine.times, 0.95),
    usual: percentile(mine.times, 0.5),
    theirs: percentile(theirs.times, 0.95),
    worst: percentile(mine.times, 1),
    painted: mine.painted,
    events: mine.times.length,
  };
}

const about = `brush: 1000 events, full-composite canvas as peer, Chromium ${browser.version()}`;

if (process.argv.includes("--serve")) {
  console.log(about);
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === "end") break;
    const numbers = [];
    for (const found of CASES) {
      const { mine, theirs } = await round(found);
      numbers.push(mine.toFixed(3), theirs.toFixed(3));
    }
    console.log(numbers.join(" "));
  }
} else {
  const asked = process.argv.indexOf("--rounds");
  const rounds = asked < 0 ? 5 : Number(process.argv[asked + 1]);
  const median = (values) => percentile(values, 0.5);
  console.log(`${about}; the peer's first 60`);
  console.log("picture   radius   ours p50, p95 (worst)      peer p95     ratio   points painted");
  for (const found of CASES) {
    await round(found);
    const all = [];
    for (let turn = 0; turn < rounds; turn++) all.push(await round(found));
    const mine = median(all.map((one) => one.mine));
    const theirs = median(all.map((one) => one.theirs));
    const usual = median(all.map((one) => one.usual));
    const worst = Math.max(...all.map((one) => one.worst));
    const { painted, events } = all[0];
    console.log(
      `${String(found.side).padStart(5)}²    ${String(found.radius).padStart(4)}    ${usual.toFixed(2)}, ${mine.toFixed(2).padStart(5)} ms (${worst.toFixed(1)})    ${theirs.toFixed(2).padStart(8)} ms   ${(theirs / mine).toFixed(1).padStart(5)}×   ${painted} of ${events}`,
    );
  }
  for (const side of SIDES) {
    const page = await browser.newPage();
    await page.addScriptTag({ content: code });
    const { depth, bytes } = await page.evaluate((width) => window.brushBench.undo(width), side);
    console.log(`${String(side).padStart(5)}²    ${depth} undo steps in ${(bytes / 1024 / 1024).toFixed(1)} MiB`);
    await page.close();
  }
}
await browser.close();
