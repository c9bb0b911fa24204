import { defineConfig } from "vitest/config";

// The page in headless Chromium (the engine of WebView2), with a mocked IPC and the shell's content security policy.
export default defineConfig({
  test: {
    environment: "node",
    include: ["e2e/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // One browser at a time: the machine's cores are better spent on the page than on five of them.
    fileParallelism: false,
  },
});
