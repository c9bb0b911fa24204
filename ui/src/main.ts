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
mount(App, { target: document.body });
