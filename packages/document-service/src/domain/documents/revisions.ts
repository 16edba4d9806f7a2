import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ListRevisionsRequest, RestoreRevisionRequest } from "@partner/document/service/v1";
import { type Document, DocumentRevisedSchema, type Revision, RevisionSchema } from "@partner/document/v1";
import { commitEdit } from "../commit.ts";
import type { Context, Platform } from "../context.ts";
import { fingerprint } from "../fingerprint.ts";
import { once } from "../idempotency.ts";
import { done, notFound, type Outcome, wrongState } from "../outcome.ts";
import { formatPageToken, readPageToken } from "../page-token.ts";
import type { Store, StoredDocument, Unit, View } from "../store.ts";
import { staleEtag } from "./etag.ts";
import { pageSize } from "./list.ts";
import { frozenState } from "./update.ts";

/** What an upload, or an earlier revision, gives to a new revision. */
export type RevisionFields = Pick<
  Revision,
  "sizeBytes" | "digest" | "mediaType" | "fileName" | "comment" | "restoredRevisionId"
>;

/** Reads one revision; the head revision if the id is empty. */
export async function getRevision(
  view: View,
  documentId: string,
  revisionId: string,
): Promise<Outcome<Revision>> {
  const head = revisionId === "" ? (await view.document(documentId))?.document.headRevision : undefined;
  const found = revisionId === "" ? head : (await view.revision(documentId, revisionId))?.revision;
  return found === undefined ? notFound("revision", revisionId) : done(found);
}

/** Lists the revisions of a document, newest first. */
export async function listRevisions(
  store: Store,
  { clock }: Platform,
  partnerId: string,
  request: ListRevisionsRequest,
): Promise<Outcome<{ revisions: Revision[]; nextPageToken: string }>> {
  const { documentId } = request;
  const list = await fingerprint(["revisions", partnerId, documentId]);
  const token = readPageToken<number>(request.pageToken, list, clock.now());
  if (!token.ok) {
    return token;
  }
  const limit = pageSize(request.pageSize);
  return await store.read(partnerId, async (view) => {
    if ((await view.document(documentId)) === undefined) {
      return notFound("document", documentId);
    }
    const below = token.value ?? Number.MAX_SAFE_INTEGER;
    const found = (await view.revisions(documentId, below, limit + 1)).map(({ revision }) => revision);
    const revisions = found.slice(0, limit);
    const last = revisions.at(-1);
    const nextPageToken =
      found.length > limit && last !== undefined
        ? formatPageToken(Number(last.number), list, clock.now())
        : "";
    return done({ revisions, nextPageToken });
  });
}

/** Makes the content of an earlier revision current again, as a new revision. */
export async function restoreRevision(
  unit: Unit,
  context: Context,
  { documentId, revisionId, etag, comment, idempotencyKey }: RestoreRevisionRequest,
): Promise<Outcome<Document>> {
  const restore = async (): Promise<Outcome<Document>> => {
    const stored = await unit.document(documentId);
    const source = await unit.revision(documentId, revisionId);
    if (stored === undefined || source === undefined) {
      return notFound("revision", revisionId);
    }
    const stale = staleEtag(stored.document, etag);
    if (stale !== undefined) {
      return stale;
    }
    const frozen = frozenState(stored.document);
    if (frozen !== undefined) {
      return wrongState(`the document is ${frozen}: its content cannot be changed`);
    }
    const fields = { ...source.revision, comment, restoredRevisionId: revisionId };
    const { document } = await addHeadRevision(unit, context, stored, fields, source.contentId);
    return done(document);
  };
  return await once<Document>(unit, context, {
    operation: "RestoreRevision",
    key: idempotencyKey,
    fingerprint: await fingerprint([documentId, revisionId, etag, comment]),
    first: async () => {
      const outcome = await restore();
      return outcome.ok ? done({ value: outcome.value, resourceId: documentId }) : outcome;
    },
    again: async (id) => (await unit.document(id))?.document,
  });
}

/** Adds a revision to a document as its head. */
export async function addHeadRevision(
  unit: Unit,
  context: Context,
  stored: StoredDocument,
  fields: RevisionFields,
  contentId: string,
): Promise<{ document: Document; revision: Revision }> {
  const { documentId, headRevision } = stored.document;
  const revision = create(RevisionSchema, {
    revisionId: context.newId(),
    documentId,
    number: (headRevision?.number ?? 0n) + 1n,
    sizeBytes: fields.sizeBytes,
    mediaType: fields.mediaType,
    fileName: fields.fileName,
    comment: fields.comment,
    restoredRevisionId: fields.restoredRevisionId,
    creator: context.actor,
    createTime: timestampFromMs(context.clock.now()),
    ...(fields.digest === undefined ? {} : { digest: fields.digest }),
  });
  await unit.addRevision({ revision, contentId });
  const document = await commitEdit(unit, context, stored, {
    change: { case: "revised", value: create(DocumentRevisedSchema, { revision }) },
    apply: (draft) => {
      draft.headRevision = revision;
    },
  });
  return { document, revision };
}
