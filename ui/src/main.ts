import "./app.css";

import { mount } from "svelte";

import App from "./App.svelte";
import { setLanguage } from "./i18n/index.svelte";
import { connect } from "./ipc";

// The pseudo-language is for the browser builds only: `import.meta.env.MODE` is a constant, so the app has no trace of it.
if (import.meta.env.MODE === "mock" && new URLSearchParams(location.search).get("lang") === "pseudo") {
  await setLanguage("pseudo");
}
await connect();
// The mask painter alone, likewise.
if (import.meta.env.MODE === "mock" && new URLSearchParams(location.search).has("canvas")) {
  const { default: Preview } = await import("./canvas/Preview.svelte");
  mount(Preview, { target: document.body, props: { address: location.search } });
} else {
  mount(App, { target: document.body });
}
