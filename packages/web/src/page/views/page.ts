import { html, nothing, type TemplateResult } from "lit-html";
import { repeat } from "lit-html/directives/repeat.js";
import type { Actions } from "../actions.ts";
import type { App } from "../app.ts";
import type { Connection } from "../follow.ts";
import type { State } from "../state.ts";
import { documentRow } from "./document-row.ts";
import { editorDialog } from "./editor.ts";
import { searchForm } from "./search-form.ts";
import { signInView } from "./sign-in.ts";

/** The whole page. */
export function pageView(state: State, app: App, actions: Actions): TemplateResult {
  if (state.session === undefined) {
    return signInView(state, (username, password) => void app.signIn(username, password));
  }
  const { username, partner } = state.session;
  return html`
    <header>
      <img src="/icon.svg" alt="" width="28" height="28" />
      <h1>Documents</h1>
      ${connectionView(state.connection)}
      <p class="account"><strong>${username}</strong> <span class="quiet">of ${partner}</span></p>
      <button @click=${() => app.signOut()}>Sign out</button>
    </header>
    <main>
      <section aria-label="Documents">
        <div class="toolbar">
          ${searchForm(state, app)}
          <button class="primary" @click=${() => actions.edit(undefined)}>New document</button>
        </div>
        ${noticeView(state, actions)} ${listView(state, app, actions)}
      </section>
      <aside>${changesView(state)} ${wireView(state)}</aside>
    </main>
    ${editorDialog(state.editor, actions)}
  `;
}

function connectionView(connection: Connection): TemplateResult {
  const text = { connecting: "Connecting", live: "Live", waiting: "Offline, trying again" }[connection.kind];
  return html`<p class="connection ${connection.kind}"><span aria-hidden="true"></span>${text}</p>`;
}

function noticeView({ notice }: State, actions: Actions): TemplateResult {
  return html`
    <div class="notice-place" role="status">
      ${
        notice === undefined
          ? nothing
          : html`<p class="notice ${notice.kind}">
              <span>${notice.text}</span>
              ${notice.undo === undefined ? nothing : html`<button @click=${notice.undo}>Undo</button>`}
              <button class="plain" aria-label="Dismiss" @click=${actions.dismiss}>✕</button>
            </p>`
      }
    </div>
  `;
}

function listView(state: State, app: App, actions: Actions): TemplateResult {
  const { list, listing, listProblem, transfers } = state;
  if (listing === "failed") {
    return html`
      <div class="empty" role="alert">
        <p>The documents cannot be shown.</p>
        <p class="quiet">${listProblem}</p>
        <button @click=${() => app.reload()}>Try again</button>
      </div>
    `;
  }
  if (list.documents.length === 0) {
    const filtered = state.query.title + state.query.label !== "" || state.query.state !== undefined;
    return html`
      <div class="empty" aria-busy=${listing === "loading"}>
        <p>${listing === "loading" ? "Loading…" : filtered ? "No document matches." : "There is no document yet."}</p>
      </div>
    `;
  }
  const key = ({ documentId }: { documentId: string }) => documentId;
  return html`
    <ul class="documents" aria-label="Documents" aria-busy=${listing !== "ready"}>
      ${repeat(list.documents, key, (document) => documentRow(document, transfers.get(document.documentId), actions))}
    </ul>
    ${
      list.nextPageToken === ""
        ? nothing
        : html`<button class="more" ?disabled=${listing !== "ready"} @click=${() => void app.loadMore()}>
            Show more
          </button>`
    }
  `;
}

function changesView({ changes }: State): TemplateResult {
  return html`
    <h2>Changes</h2>
    ${changes.length === 0 ? html`<p class="quiet">What anyone changes shows up here at once.</p>` : nothing}
    <ol class="changes">
      ${repeat(
        changes,
        ({ id }) => id,
        ({ text, byMe, time }) =>
          html`<li>${text} <span class="quiet">${byMe ? "by you" : "by another account"}, ${time}</span></li>`,
      )}
    </ol>
  `;
}

function wireView({ wire }: State): TemplateResult {
  return html`
    <h2>On the wire</h2>
    <dl>
      <div><dt>Calls</dt><dd id="wire-calls">${wire.calls}</dd></div>
      <div><dt>Access tokens</dt><dd id="wire-tokens">${wire.tokens}</dd></div>
      <div><dt>Streams of changes</dt><dd id="wire-streams">${wire.streams}</dd></div>
    </dl>
    <p class="quiet">
      The client library replaces a token that ends, and repeats the call; a stream goes on from its cursor.
    </p>
  `;
}
