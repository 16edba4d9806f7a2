import { type Timestamp, timestampMs } from "@bufbuild/protobuf/wkt";
import type { DocumentFilter } from "@partner/document/service/v1";
import { type Document, type DocumentEvent, DocumentState } from "@partner/document/v1";

/** The documents that are shown: the first pages of those that match the filter, newest first. */
export interface DocumentList {
  readonly documents: readonly Document[];
  /** Empty: these are all. */
  readonly nextPageToken: string;
}

/** Whether the list shows this document, as far as the page's filter has conditions. The service decides alike. */
export function matches(filter: DocumentFilter, document: Document): boolean {
  return (
    (filter.states.length === 0
      ? document.state !== DocumentState.DELETED
      : filter.states.includes(document.state)) &&
    fold(document.title).includes(fold(filter.titleContains)) &&
    Object.entries(filter.labels).every(
      ([key, value]) => Object.hasOwn(document.labels, key) && document.labels[key] === value,
    )
  );
}

/** The list after a document changed: put in, replaced, or taken out. A state older than the one shown changes nothing. */
export function withDocument(list: DocumentList, filter: DocumentFilter, document: Document): DocumentList {
  const index = list.documents.findIndex(({ documentId }) => documentId === document.documentId);
  const shown = list.documents[index];
  if (shown !== undefined && milliseconds(shown.updateTime) > milliseconds(document.updateTime)) {
    return list;
  }
  if (!matches(filter, document)) {
    return withoutDocument(list, document.documentId);
  }
  if (shown !== undefined) {
    return { ...list, documents: list.documents.with(index, document) };
  }
  const place = list.documents.findIndex((other) => comesBefore(document, other));
  if (place === -1 && list.nextPageToken !== "") {
    // It belongs to a page that was not read yet.
    return list;
  }
  const at = place === -1 ? list.documents.length : place;
  return { ...list, documents: list.documents.toSpliced(at, 0, document) };
}

/** The list without a document. */
export function withoutDocument(list: DocumentList, documentId: string): DocumentList {
  const documents = list.documents.filter((document) => document.documentId !== documentId);
  return documents.length === list.documents.length ? list : { ...list, documents };
}

/** The list after an event. */
export function withEvent(list: DocumentList, filter: DocumentFilter, event: DocumentEvent): DocumentList {
  return event.document === undefined
    ? withoutDocument(list, event.documentId)
    : withDocument(list, filter, event.document);
}

/** The list with its next page. A document that a change has put in already is not put in twice. */
export function withPage(list: DocumentList, page: DocumentList): DocumentList {
  const known = new Set(list.documents.map(({ documentId }) => documentId));
  const added = page.documents.filter(({ documentId }) => !known.has(documentId));
  return { documents: [...list.documents, ...added], nextPageToken: page.nextPageToken };
}

const happenings: Record<NonNullable<DocumentEvent["change"]["case"]>, string> = {
  created: "was created",
  updated: "was changed",
  revised: "has new content",
  published: "was published",
  archived: "was archived",
  unarchived: "was taken out of the archive",
  deleted: "was deleted",
  undeleted: "was brought back",
  purged: "was removed for good",
};

/** What happened, for people. `title` is the one shown so far, for a document that is gone. */
export function describeEvent(event: DocumentEvent, title: string): string {
  const { case: change } = event.change;
  return `“${event.document?.title ?? title}” ${change === undefined ? "was changed" : happenings[change]}`;
}

function comesBefore(a: Document, b: Document): boolean {
  const difference = milliseconds(a.createTime) - milliseconds(b.createTime);
  return difference === 0 ? a.documentId < b.documentId : difference > 0;
}

function milliseconds(time: Timestamp | undefined): number {
  return time === undefined ? 0 : timestampMs(time);
}

function fold(text: string): string {
  return text.toLowerCase().toUpperCase();
}
