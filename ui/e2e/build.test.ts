// What is shipped: no mock, nothing inline, no address but our own.

import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";

import { build } from "vite";
import { afterAll, beforeAll, expect, it } from "vitest";

let folder = "";
let files = new Map<string, string>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "atelier-ui-"));
  await build({
    root: join(import.meta.dirname, ".."),
    mode: "production",
    logLevel: "warn",
    build: { outDir: folder, emptyOutDir: true },
  });
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  files = new Map(await Promise.all(paths.map(async (path) => [path, await readFile(path, "utf8")] as const)));
});

afterAll(() => rm(folder, { recursive: true }));

const all = () => [...files.values()].join("\n");

it("the app carries no mock and no pseudo-language", () => {
  const names = [...files.keys()].map((path) => relative(folder, path));
  // One page, and beside it nothing but scripts and styles, none of them of what only browsers show.
  expect(names.filter((name) => !/^assets\/[\w.-]+\.(?:js|css)$/.test(name))).toEqual(["index.html"]);
  expect(names.filter((name) => /mock|pseudo|Preview/i.test(name))).toEqual([]);
  expect(all()).not.toMatch(/atelierMock|Trained on a curated selection|Ɓ/);
});

/** CodeMirror's theme has a rule for an extension that shows tabs, with its picture. Without the extension nothing has
 *  the class, and the picture is never asked for. */
const UNUSED = /"\.cm-highlightTab":\{backgroundImage:`url\('data:[^`]*`/g;

it("the app has nothing inline", () => {
  const page = files.get(join(folder, "index.html")) ?? "";
  expect(page).toContain('<script type="module"');
  expect(page).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=/);
  expect(all().match(/cm-highlightTab\b/g)).toHaveLength(1);
  expect(all().replace(UNUSED, "")).not.toMatch(/url\(["']?data:|src=["']data:/);
});

it("the app knows no address on the network", () => {
  const known = /^http:\/\/(?:www\.w3\.org\/|ipc\.localhost|image\.localhost)|^https:\/\/svelte\.dev\/e\//;
  const addresses = [...all().matchAll(/https?:\/\/[^\s"'`)]+/g)].map(([address]) => address);
  expect(addresses.filter((address) => !known.test(address))).toEqual([]);
});
