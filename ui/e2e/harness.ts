// A browser and a server for it: headless Chromium with the mock build, under the shell's content security policy and
// with a frozen `Object.prototype`, as in the window. Whatever the page complains about fails the test.

import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

import { type Browser, chromium, type Page } from "playwright-core";

const BUILD = join(import.meta.dirname, "../node_modules/.cache/atelier-mock");
const SCREENSHOTS = join(import.meta.dirname, "../node_modules/.cache/atelier-screenshots");
const CONFIG = join(import.meta.dirname, "../../src-tauri/tauri.conf.json");

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
};

/** Where Chromium is looked for; `CHROMIUM` names another one. */
const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

interface ShellConfig {
  app: { security: { csp: Record<string, string> } };
}

/** The shell's own policy, and what the mock needs beside it: its pictures are `blob:` addresses. */
async function policy(): Promise<string> {
  const { app } = JSON.parse(await readFile(CONFIG, "utf8")) as ShellConfig;
  return Object.entries({ ...app.security.csp, "img-src": `${app.security.csp["img-src"] ?? "'self'"} blob:` })
    .map(([directive, sources]) => `${directive} ${sources}`)
    .join("; ");
}

async function serve(): Promise<Server> {
  const csp = await policy();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const file = normalize(pathname === "/" ? "/index.html" : pathname);
    readFile(join(BUILD, file)).then(
      (body) => {
        response.writeHead(200, {
          "content-type": TYPES[extname(file)] ?? "application/octet-stream",
          "content-security-policy": csp,
        });
        response.end(body);
      },
      // The browser asks for an icon of its own accord.
      () => response.writeHead(pathname === "/favicon.ico" ? 204 : 404).end(),
    );
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return server;
}

async function launch(): Promise<Browser> {
  const named = process.env["CHROMIUM"];
  const problems: string[] = [];
  for (const executablePath of named ? [named] : PLACES) {
    try {
      return await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
    } catch (problem) {
      problems.push(`${executablePath}: ${String(problem).split("\n")[0] ?? ""}`);
    }
  }
  throw new Error(`no Chromium starts here; install one or name it in CHROMIUM\n${problems.join("\n")}`);
}

export interface Asked {
  /** What the mock is asked for in the page's address: `images=12&fail=offline`. */
  mock?: string;
  width?: number;
  height?: number;
  scheme?: "dark" | "light";
  reducedMotion?: boolean;
}

export interface Lane {
  open(asked?: Asked): Promise<Page>;
  /** Closes the pages of a test and answers what they complained about; keeps a picture of each if it failed. */
  finish(test: string, failed: boolean): Promise<string[]>;
  close(): Promise<void>;
}

export async function lane(): Promise<Lane> {
  const [server, browser] = await Promise.all([serve(), launch()]);
  const { port } = server.address() as AddressInfo;
  let heard: string[] = [];
  return {
    async open({ mock = "", width = 1280, height = 800, scheme = "dark", reducedMotion = false } = {}) {
      const context = await browser.newContext({
        viewport: { width, height },
        colorScheme: scheme,
        reducedMotion: reducedMotion ? "reduce" : "no-preference",
        locale: "en-US",
      });
      const page = await context.newPage();
      page.on("pageerror", (error) => heard.push(error.message));
      page.on("console", (message) => {
        if (message.type() === "error" || message.type() === "warning") heard.push(message.text());
      });
      await page.addInitScript(() => Object.freeze(Object.prototype));
      await page.goto(`http://127.0.0.1:${port}/?mock&${mock}`);
      return page;
    },
    async finish(test, failed) {
      for (const [index, context] of browser.contexts().entries()) {
        const path = join(SCREENSHOTS, `${test.replaceAll(/\W+/g, "-")}-${index}.png`);
        if (failed) await context.pages()[0]?.screenshot({ path });
        await context.close();
      }
      const told = heard;
      heard = [];
      return told;
    },
    async close() {
      await browser.close();
      server.close();
    },
  };
}
