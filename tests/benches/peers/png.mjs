// How sharp writes a PNG, as it comes: for each line on stdin the pixels of the file that is its argument are encoded
// once into memory; it answers with milliseconds and bytes.
import { createInterface } from "node:readline";

import sharp from "sharp";

sharp.concurrency(1);
const { data, info } = await sharp(process.argv[2]).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
const raw = { width: info.width, height: info.height, channels: info.channels };
console.log(`Node ${process.versions.node}, sharp ${sharp.versions.sharp}, libvips ${sharp.versions.vips}`);
for await (const _ of createInterface({ input: process.stdin })) {
  const begun = performance.now();
  const written = await sharp(data, { raw }).png().toBuffer();
  console.log(performance.now() - begun, written.length);
}
