import { DocumentState } from "@partner/document/v1";
import { html, nothing, type TemplateResult } from "lit-html";
import type { App } from "../app.ts";
import { formatState } from "../format.ts";
import type { State } from "../state.ts";

const states = [
  DocumentState.DRAFT,
  DocumentState.PUBLISHED,
  DocumentState.ARCHIVED,
  DocumentState.DELETED,
] as const;

/** The conditions on the list. */
export function searchForm({ query, queryProblem }: State, app: App): TemplateResult {
  const apply = (event: Event): void => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    const state = Number(data.get("state")) as DocumentState;
    const typed = event.type === "input" && !(event.target instanceof HTMLSelectElement);
    app.search(
      {
        title: `${data.get("title")}`,
        label: `${data.get("label")}`,
        state: state === DocumentState.UNSPECIFIED ? undefined : state,
      },
      typed,
    );
  };
  return html`
    <form role="search" aria-label="Filter documents" @input=${apply} @submit=${apply}>
      <label>Title contains <input name="title" type="search" maxlength="200" .value=${query.title} /></label>
      <label>
        State
        <select name="state">
          <option value="0">Any but deleted</option>
          ${states.map((state) => html`<option value=${state}>${formatState(state)}</option>`)}
        </select>
      </label>
      <label>
        Label
        <input
          name="label"
          placeholder="key = value"
          autocapitalize="none"
          spellcheck="false"
          aria-invalid=${queryProblem !== ""}
          aria-describedby="query-problem"
          .value=${query.label}
        />
      </label>
      <p id="query-problem" class="problem" role="status">${queryProblem === "" ? nothing : queryProblem}</p>
    </form>
  `;
}
