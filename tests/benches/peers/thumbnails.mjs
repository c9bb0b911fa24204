// How sharp makes thumbnails: JPEG of at most 320 pixels a side, over white, quality 82. Given files as arguments; each
// line on stdin says how many at once. It answers with milliseconds and bytes.
import { createInterface } from "node:readline";

import sharp from "sharp";

sharp.concurrency(1);
sharp.cache(false);
const paths = process.argv.slice(2);
const small = (path) =>
  sharp(path)
    .resize(320, 320, { fit: "inside" })
    .flatten({ background: "white" })
    .jpeg({ quality: 82 })
    .toBuffer();

console.log(`Node ${process.versions.node}, sharp ${sharp.versions.sharp}, libvips ${sharp.versions.vips}`);
for await (const line of createInterface({ input: process.stdin })) {
  const hands = Number(line);
  const begun = performance.now();
  let bytes = 0;
  let next = 0;
  const work = async () => {
    while (next < paths.length) bytes += (await small(paths[next++])).length;
  };
  await Promise.all(Array.from({ length: hands }, work));
  console.log(performance.now() - begun, bytes);
}
