import { create } from "@bufbuild/protobuf";
import type { CreateDocumentRequest } from "@partner/document/service/v1";
import { type Document, DocumentSchema, DocumentState } from "@partner/document/v1";
import { commitCreation } from "../commit.ts";
import type { Context } from "../context.ts";
import { fingerprint, sortedEntries } from "../fingerprint.ts";
import { once } from "../idempotency.ts";
import { done, failed, type Outcome } from "../outcome.ts";
import type { Unit } from "../store.ts";

/** Creates a draft without content; a repeat is answered with the document as it is now. */
export async function createDocument(
  unit: Unit,
  context: Context,
  { document, idempotencyKey }: CreateDocumentRequest,
): Promise<Outcome<Document>> {
  const { title = "", description = "", labels = {} } = document ?? {};
  return await once<Document>(unit, context, {
    operation: "CreateDocument",
    key: idempotencyKey,
    fingerprint: await fingerprint([title, description, sortedEntries(labels)]),
    first: async () => {
      const created = await addDocument(unit, context, { title, description, labels });
      return created.ok ? done({ value: created.value, resourceId: created.value.documentId }) : created;
    },
    again: async (documentId) => (await unit.document(documentId))?.document,
  });
}

/** Creates a draft without content. */
export async function addDocument(
  unit: Unit,
  context: Context,
  { title, description, labels }: Pick<Document, "title" | "description" | "labels">,
): Promise<Outcome<Document>> {
  const limit = context.quota.documents;
  if ((await unit.usage()).documents >= limit) {
    return failed({
      kind: "quota",
      message: `the partner has ${limit} documents, as many as it may: delete some; purged ones do not count`,
    });
  }
  const draft = create(DocumentSchema, {
    documentId: context.newId(),
    partnerId: context.partnerId,
    title,
    description,
    labels,
    state: DocumentState.DRAFT,
  });
  return done(await commitCreation(unit, context, draft));
}
