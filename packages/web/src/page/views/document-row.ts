import { type Document, DocumentState } from "@partner/document/v1";
import { html, nothing, type TemplateResult } from "lit-html";
import type { Actions, Step } from "../actions.ts";
import { formatBytes, formatState, formatTime } from "../format.ts";
import type { Transfer } from "../state.ts";

const steps: Record<DocumentState, readonly Step[]> = {
  [DocumentState.UNSPECIFIED]: [],
  [DocumentState.DRAFT]: ["publish", "delete"],
  [DocumentState.PUBLISHED]: ["archive", "delete"],
  [DocumentState.ARCHIVED]: ["unarchive", "delete"],
  [DocumentState.DELETED]: ["undelete"],
};

const stepNames: Record<Step, string> = {
  publish: "Publish",
  archive: "Archive",
  unarchive: "Unarchive",
  delete: "Delete",
  undelete: "Undelete",
};

/** One document, with what can be done to it now. */
export function documentRow(
  document: Document,
  transfer: Transfer | undefined,
  actions: Actions,
): TemplateResult {
  const { documentId, title, description, state, headRevision } = document;
  const canChange = state === DocumentState.DRAFT || state === DocumentState.PUBLISHED;
  const canRead = headRevision !== undefined && state !== DocumentState.DELETED;
  const named = (verb: string) => html`${verb}<span class="visually-hidden"> “${title}”</span>`;
  const pick = (event: Event): void => {
    const input = event.currentTarget as HTMLInputElement;
    const file = input.files?.[0];
    if (file !== undefined) {
      void actions.upload(document, file);
    }
    input.value = "";
  };
  const choose = (event: Event): void =>
    (event.currentTarget as HTMLElement).parentElement
      ?.querySelector<HTMLInputElement>("input[type=file]")
      ?.click();
  return html`
    <li class="card document" data-id=${documentId}>
      <div class="heading">
        <h2>${title}</h2>
        <span class="state ${formatState(state).toLowerCase()}">${formatState(state)}</span>
      </div>
      ${description === "" ? nothing : html`<p class="description">${description}</p>`} ${labelsView(document)}
      <p class="quiet">${contentText(document)}Changed ${formatTime(document.updateTime)}</p>
      ${
        transfer === undefined
          ? html`<div class="actions">
              ${
                canRead
                  ? html`<button @click=${() => void actions.download(document)}>${named("Download")}</button>`
                  : nothing
              }
              ${
                canChange
                  ? html`<button @click=${choose}>${named("Upload")}</button>
                      <input type="file" hidden tabindex="-1" aria-label="File for “${title}”" @change=${pick} />
                      <button @click=${() => actions.edit(document)}>${named("Edit")}</button>`
                  : nothing
              }
              ${steps[state]?.map((step) =>
                step === "publish" && headRevision === undefined
                  ? nothing
                  : html`<button
                      class=${step === "delete" ? "danger" : ""}
                      @click=${() => void actions.take(step, document)}
                    >
                      ${named(stepNames[step])}
                    </button>`,
              )}
            </div>`
          : transferView(transfer, title)
      }
    </li>
  `;
}

function labelsView({ labels }: Document): TemplateResult | typeof nothing {
  const entries = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.length === 0
    ? nothing
    : html`<ul class="labels" aria-label="Labels">
        ${entries.map(([key, value]) => html`<li>${key}${value === "" ? nothing : `: ${value}`}</li>`)}
      </ul>`;
}

function contentText({ headRevision }: Document): string {
  return headRevision === undefined
    ? "No content yet. "
    : `${headRevision.fileName || headRevision.mediaType}, ${formatBytes(Number(headRevision.sizeBytes))}, revision ${headRevision.number}. `;
}

function transferView({ kind, bytes, total, cancel }: Transfer, title: string): TemplateResult {
  const verb = kind === "upload" ? "Uploading" : "Downloading";
  return html`
    <div class="transfer">
      <progress aria-label="${verb} “${title}”" max=${Math.max(total, 1)} value=${total === 0 ? 1 : bytes}></progress>
      <span class="quiet">${verb}: ${formatBytes(bytes)} of ${formatBytes(total)}</span>
      <button @click=${cancel}>Cancel</button>
    </div>
  `;
}
