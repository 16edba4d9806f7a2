import { render } from "lit-html";
import { type Actions, createActions } from "./actions.ts";
import { createApp } from "./app.ts";
import { browserTiming } from "./backoff.ts";
import { createFocusKeeper } from "./focus.ts";
import type { Config } from "./session.ts";
import type { State } from "./state.ts";
import { pageView } from "./views/page.ts";

const root = document.querySelector("#app") as HTMLElement;
const announcer = document.querySelector("#announcer") as HTMLElement;
const config = (await (await fetch("/config.json")).json()) as Config;

const keepFocus = createFocusKeeper(root);
let actions: Actions | undefined;
/** Undefined before anything is shown. */
let wasSignedIn: boolean | undefined;
const app = createApp({
  ...browserTiming,
  config,
  render: (state) => actions && show(state, actions),
  announce: (text) => {
    announcer.textContent = text;
  },
});
actions = createActions(app, { ...browserTiming, newKey: () => crypto.randomUUID(), saveFile });
show(app.state, actions);

function show(state: State, actions: Actions): void {
  keepFocus(() => render(pageView(state, app, actions), root));
  const isSignedIn = state.session !== undefined;
  if (wasSignedIn !== isSignedIn) {
    // What had the focus is gone: go on where a person would.
    wasSignedIn = isSignedIn;
    root.querySelector<HTMLElement>(isSignedIn ? "input[type=search]" : "input[name=username]")?.focus();
  }
  const dialog = root.querySelector("dialog");
  if (dialog !== null && dialog.open !== (state.editor !== undefined)) {
    dialog.open ? dialog.close() : dialog.showModal();
  }
}

function saveFile(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // The browser has begun to save once this task is over.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
