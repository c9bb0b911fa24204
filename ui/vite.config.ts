import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

// Two builds come from here: the page that the shell embeds (`vite build` → dist), and the same page with a mocked IPC
// for a plain browser (`--mode mock`), which the Chromium lane drives and `npm run dev` serves. Only the second one
// contains src/ipc/mock: `connect()` in src/ipc/index.ts asks for the mode, which is a constant at build time.
export default defineConfig(({ mode }) => ({
  plugins: [svelte()],
  base: "./",
  build: {
    outDir: mode === "mock" ? "node_modules/.cache/atelier-mock" : "dist",
    emptyOutDir: true,
    target: ["es2022", "safari16"],
    // Inlined files would be `data:` addresses, which the content security policy does not allow.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { port: 5173, strictPort: true },
  // Svelte's server build is what Node would pick.
  resolve: process.env["VITEST"] ? { conditions: ["browser"] } : {},
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.ts"],
    setupFiles: ["src/test/setup.ts"],
    css: false,
    restoreMocks: true,
    testTimeout: 60_000,
  },
}));
