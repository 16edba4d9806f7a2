import { html, nothing, type TemplateResult } from "lit-html";
import { keyed } from "lit-html/directives/keyed.js";
import type { Actions } from "../actions.ts";
import { formatLabels } from "../labels.ts";
import type { Editor } from "../state.ts";

/** The dialog for a document's fields. Whoever renders it opens it: see `main.ts`. */
export function editorDialog(editor: Editor | undefined, actions: Actions): TemplateResult {
  return html`
    <dialog aria-labelledby="editor-title" @close=${actions.closeEditor}>
      ${editor === undefined ? nothing : keyed(editor.document?.documentId ?? "", form(editor, actions))}
    </dialog>
  `;
}

function form({ document, busy, problem }: Editor, actions: Actions): TemplateResult {
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    const file = data.get("file");
    void actions.save({
      title: `${data.get("title")}`,
      description: `${data.get("description")}`,
      labels: `${data.get("labels")}`,
      // A file input without a choice gives an empty file without a name.
      file: file instanceof File && file.name !== "" ? file : undefined,
    });
  };
  return html`
    <form @submit=${submit}>
      <h2 id="editor-title">${document === undefined ? "New document" : "Edit document"}</h2>
      <p class="problem" role="alert" ?hidden=${problem === ""}>${problem}</p>
      <label>
        Title
        <input name="title" required maxlength="200" pattern=".*\\S.*" .defaultValue=${document?.title ?? ""} />
      </label>
      <label>
        Description
        <textarea name="description" rows="3" .defaultValue=${document?.description ?? ""}></textarea>
      </label>
      <label>
        Labels <span class="quiet">one a line: key = value</span>
        <textarea
          name="labels"
          rows="3"
          autocapitalize="none"
          spellcheck="false"
          .defaultValue=${formatLabels(document?.labels ?? {})}
        ></textarea>
      </label>
      ${document === undefined ? html`<label>Content <input name="file" type="file" /></label>` : nothing}
      <div class="actions">
        <button class="primary" ?disabled=${busy}>${busy ? "Saving…" : "Save"}</button>
        <button type="button" @click=${actions.closeEditor}>Cancel</button>
      </div>
    </form>
  `;
}
