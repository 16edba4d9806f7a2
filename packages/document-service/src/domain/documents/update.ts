import { create } from "@bufbuild/protobuf";
import type { UpdateDocumentRequest } from "@partner/document/service/v1";
import { type Document, DocumentState, DocumentUpdatedSchema } from "@partner/document/v1";
import { commitEdit } from "../commit.ts";
import type { Context } from "../context.ts";
import { sortedEntries } from "../fingerprint.ts";
import { done, notFound, type Outcome, wrongState } from "../outcome.ts";
import type { Unit } from "../store.ts";
import { staleEtag } from "./etag.ts";

const fields = ["title", "description", "labels"] as const;
type Field = (typeof fields)[number];

/** Changes the fields that the mask names. What changes nothing keeps the etag. */
export async function updateDocument(
  unit: Unit,
  context: Context,
  { document: wanted, updateMask }: UpdateDocumentRequest,
): Promise<Outcome<Document>> {
  const stored = wanted && (await unit.document(wanted.documentId));
  if (wanted === undefined || stored === undefined) {
    return notFound("document", wanted?.documentId ?? "");
  }
  const current = stored.document;
  const stale = staleEtag(current, wanted.etag);
  if (stale !== undefined) {
    return stale;
  }
  const frozen = frozenState(current);
  if (frozen !== undefined) {
    return wrongState(`the document is ${frozen}: its fields cannot be changed`);
  }
  const paths = named(updateMask?.paths ?? [], wanted).filter((field) => differs(field, current, wanted));
  if (paths.length === 0) {
    return done(current);
  }
  return done(
    await commitEdit(unit, context, stored, {
      change: { case: "updated", value: create(DocumentUpdatedSchema, { changedFields: { paths } }) },
      apply: (draft) => {
        for (const field of paths) {
          Object.assign(draft, { [field]: wanted[field] });
        }
      },
    }),
  );
}

function named(paths: readonly string[], wanted: Document): Field[] {
  if (paths.length === 0) {
    return fields.filter((field) =>
      field === "labels" ? Object.keys(wanted.labels).length > 0 : wanted[field] !== "",
    );
  }
  return fields.filter((field) => paths.includes("*") || paths.includes(field));
}

function differs(field: Field, a: Document, b: Document): boolean {
  return field === "labels"
    ? JSON.stringify(sortedEntries(a.labels)) !== JSON.stringify(sortedEntries(b.labels))
    : a[field] !== b[field];
}

/** The word for a state in which a document cannot be changed. */
export function frozenState({ state }: Document): "archived" | "deleted" | undefined {
  return state === DocumentState.ARCHIVED
    ? "archived"
    : state === DocumentState.DELETED
      ? "deleted"
      : undefined;
}
