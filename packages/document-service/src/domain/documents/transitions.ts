import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type Document,
  DocumentArchivedSchema,
  DocumentDeletedSchema,
  DocumentPublishedSchema,
  DocumentState,
  DocumentUnarchivedSchema,
  DocumentUndeletedSchema,
} from "@partner/document/v1";
import { commitEdit, type Edit } from "../commit.ts";
import type { Context } from "../context.ts";
import { periods } from "../limits.ts";
import { done, notFound, type Outcome, wrongState } from "../outcome.ts";
import type { StoredDocument, Unit } from "../store.ts";
import { staleEtag } from "./etag.ts";

/** The requests that move a document from one state to another. */
export interface TransitionRequest {
  readonly documentId: string;
  readonly etag: string;
}

/** A step in the life of a document. */
interface Transition {
  /** Whether there is nothing to do. Asked before the etag is looked at. */
  readonly isDone: (state: DocumentState) => boolean;
  /** Why it cannot be done now. */
  readonly refusal: (document: Document) => string | undefined;
  readonly edit: (stored: StoredDocument) => Edit;
}

const { DRAFT, PUBLISHED, ARCHIVED, DELETED } = DocumentState;
const words = new Map([
  [DRAFT, "a draft"],
  [PUBLISHED, "published"],
  [ARCHIVED, "archived"],
  [DELETED, "deleted"],
]);

const publish: Transition = {
  isDone: (state) => state === PUBLISHED,
  refusal: (document) =>
    refuseUnless(DRAFT, document, "published") ??
    (document.headRevision === undefined
      ? "the document has no revision yet: upload content before it is published"
      : undefined),
  edit: () => ({
    change: { case: "published", value: create(DocumentPublishedSchema) },
    apply: to(PUBLISHED),
  }),
};

const archive: Transition = {
  isDone: (state) => state === ARCHIVED,
  refusal: (document) => refuseUnless(PUBLISHED, document, "archived"),
  edit: () => ({
    change: { case: "archived", value: create(DocumentArchivedSchema) },
    apply: to(ARCHIVED),
  }),
};

const unarchive: Transition = {
  isDone: (state) => state === PUBLISHED,
  refusal: (document) => refuseUnless(ARCHIVED, document, "taken out of the archive"),
  edit: () => ({
    change: { case: "unarchived", value: create(DocumentUnarchivedSchema) },
    apply: to(PUBLISHED),
  }),
};

const remove: Transition = {
  isDone: (state) => state === DELETED,
  refusal: () => undefined,
  edit: ({ document: { state: previousState } }) => ({
    change: { case: "deleted", value: create(DocumentDeletedSchema, { previousState }) },
    previousState,
    apply: (draft, time) => {
      draft.state = DELETED;
      draft.deleteTime = timestampFromMs(time);
      draft.purgeTime = timestampFromMs(time + periods.undelete);
    },
  }),
};

const undelete: Transition = {
  isDone: (state) => state !== DELETED,
  refusal: () => undefined,
  edit: ({ previousState }) => ({
    change: { case: "undeleted", value: create(DocumentUndeletedSchema) },
    apply: (draft) => {
      draft.state = previousState;
      delete draft.deleteTime;
      delete draft.purgeTime;
    },
  }),
};

export const publishDocument = make(publish);
export const archiveDocument = make(archive);
export const unarchiveDocument = make(unarchive);
export const deleteDocument = make(remove);
export const undeleteDocument = make(undelete);

/** Deletes all of these documents or, if one of them does not exist, none. */
export async function deleteDocuments(
  unit: Unit,
  context: Context,
  documentIds: readonly string[],
): Promise<Outcome<Document[]>> {
  const found = new Map((await unit.documents(documentIds)).map((one) => [one.document.documentId, one]));
  const missing = documentIds.find((id) => !found.has(id));
  if (missing !== undefined) {
    return notFound("document", missing);
  }
  const deleted: Document[] = [];
  for (const id of documentIds) {
    const stored = found.get(id) as StoredDocument;
    deleted.push(
      remove.isDone(stored.document.state)
        ? stored.document
        : await commitEdit(unit, context, stored, remove.edit(stored)),
    );
  }
  return done(deleted);
}

function make(transition: Transition) {
  return async (
    unit: Unit,
    context: Context,
    { documentId, etag }: TransitionRequest,
  ): Promise<Outcome<Document>> => {
    const stored = await unit.document(documentId);
    if (stored === undefined) {
      return notFound("document", documentId);
    }
    const { document } = stored;
    if (transition.isDone(document.state)) {
      return done(document);
    }
    const refusal = transition.refusal(document);
    return (
      staleEtag(document, etag) ??
      (refusal === undefined
        ? done(await commitEdit(unit, context, stored, transition.edit(stored)))
        : wrongState(refusal))
    );
  };
}

function to(state: DocumentState) {
  return (draft: Document): void => {
    draft.state = state;
  };
}

function refuseUnless(state: DocumentState, document: Document, deed: string): string | undefined {
  return document.state === state
    ? undefined
    : `the document is ${words.get(document.state)}: only one that is ${words.get(state)} can be ${deed}`;
}
