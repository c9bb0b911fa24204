import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";

import noBakedText from "./eslint/no-baked-text.js";
import svelteConfig from "./svelte.config.js";

const ROOMS = ["account", "canvas", "create", "drop", "library", "presets", "queue", "settings", "tools", "viewer"];

const NO_TAURI = {
  group: ["@tauri-apps/*", "**/ipc/bindings*"],
  message: "src/ipc/index.ts is the only door to the shell.",
};

/** Imports that a folder may not have; `NO_TAURI` goes with every one of them. */
function closed(files, patterns) {
  return { files, rules: { "no-restricted-imports": ["error", { patterns: [NO_TAURI, ...patterns] }] } };
}

export default ts.config(
  { ignores: ["dist", "node_modules", "src/ipc/bindings.ts"] },
  js.configs.recommended,
  ...ts.configs.strictTypeChecked,
  ...ts.configs.stylisticTypeChecked,
  ...svelte.configs.recommended,
  {
    languageOptions: {
      globals: globals.browser,
      parserOptions: { projectService: true, extraFileExtensions: [".svelte"], tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      eqeqeq: "error",
      "no-console": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: false }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      // HTML never comes from a string: no prompt, file name or server message can become markup.
      "no-restricted-properties": [
        "error",
        { property: "innerHTML", message: "Let Svelte write text." },
        { property: "outerHTML", message: "Let Svelte write text." },
        { property: "insertAdjacentHTML", message: "Let Svelte write text." },
        { property: "createContextualFragment", message: "Let Svelte write text." },
        { property: "srcdoc", message: "Let Svelte write text." },
        { object: "document", property: "write", message: "Let Svelte write text." },
      ],
      "no-restricted-syntax": [
        "error",
        { selector: "NewExpression[callee.name='DOMParser']", message: "Let Svelte write text." },
        { selector: "NewExpression[callee.name='Function']", message: "No code from strings." },
      ],
    },
  },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
    rules: {
      "svelte/no-at-html-tags": "error",
      "no-restricted-syntax": [
        "error",
        { selector: "SvelteAttribute[key.name='style']", message: "The policy forbids it: use a style: directive." },
      ],
      // A component's generic props are `any` to this linter; svelte-check knows their types and checks them.
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-return": "off",
    },
  },
  {
    files: ["src/**/*.svelte"],
    plugins: { atelier: { rules: { "no-baked-text": noBakedText } } },
    rules: { "atelier/no-baked-text": "error" },
  },
  closed(["src/**/*.{ts,svelte}"], []),
  ...ROOMS.map((room) =>
    closed(
      [`src/${room}/**/*.{ts,svelte}`],
      [
        {
          group: ROOMS.filter((other) => other !== room).flatMap((other) => [`../${other}`, `../${other}/*`]),
          message: "Rooms don't import one another: App.svelte brings them together.",
        },
      ],
    ),
  ),
  closed(
    ["src/stage/**/*.{ts,svelte}"],
    [{ group: ROOMS.flatMap((room) => [`../${room}`, `../${room}/*`]), message: "A stage is given what it shows." }],
  ),
  closed(
    ["src/shared/**/*.{ts,svelte}"],
    [{ group: ["../*", "!../test"], message: "What is shared imports nothing of the app." }],
  ),
  { files: ["**/*.test.ts"], rules: { "no-restricted-properties": "off" } },
  { files: ["src/ipc/index.ts"], rules: { "no-restricted-imports": "off" } },
  {
    files: ["**/*.js", "*.ts", "e2e/**", "bench/**"],
    languageOptions: { globals: globals.node },
    rules: { "no-console": "off" },
  },
  { files: ["**/*.js"], ...ts.configs.disableTypeChecked },
);
