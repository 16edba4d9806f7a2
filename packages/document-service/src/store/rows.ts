import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Timestamp, timestampMs } from "@bufbuild/protobuf/wkt";
import { DocumentEventSchema, DocumentSchema, RevisionSchema, UploadSchema } from "@partner/document/v1";
import type { Selectable } from "kysely";
import { fold } from "../domain/filter.ts";
import type { Change, StoredDocument, StoredRevision, StoredUpload } from "../domain/store.ts";
import type { ChangeTable, DocumentTable, LabelTable, RevisionTable, UploadTable } from "./schema.ts";

const encoder = new TextEncoder();

/** Text as bytes. */
export function bytesOf(text: string): Uint8Array {
  return encoder.encode(text);
}

export function toDocumentRow(partnerId: string, { document, previousState }: StoredDocument): DocumentTable {
  const { creator } = document;
  return {
    partner_id: partnerId,
    document_id: document.documentId,
    body: toBinary(DocumentSchema, document),
    state: document.state,
    previous_state: previousState,
    title: bytesOf(document.title),
    title_folded: bytesOf(fold(document.title)),
    creator_account_id: creator?.kind.case === "serviceAccountId" ? creator.kind.value : null,
    create_time: milliseconds(document.createTime) ?? 0,
    update_time: milliseconds(document.updateTime) ?? 0,
    purge_time: milliseconds(document.purgeTime) ?? null,
  };
}

export function toLabelRows(partnerId: string, { document }: StoredDocument): LabelTable[] {
  return Object.entries(document.labels).map(([key, value]) => ({
    partner_id: partnerId,
    document_id: document.documentId,
    label_key: key,
    label_value: bytesOf(value),
  }));
}

export function toStoredDocument(
  row: Pick<Selectable<DocumentTable>, "body" | "previous_state">,
): StoredDocument {
  return { document: fromBinary(DocumentSchema, row.body), previousState: row.previous_state };
}

export function toRevisionRow(partnerId: string, { revision, contentId }: StoredRevision): RevisionTable {
  return {
    partner_id: partnerId,
    document_id: revision.documentId,
    revision_id: revision.revisionId,
    number: Number(revision.number),
    content_id: contentId,
    body: toBinary(RevisionSchema, revision),
  };
}

export function toStoredRevision(
  row: Pick<Selectable<RevisionTable>, "body" | "content_id">,
): StoredRevision {
  return { revision: fromBinary(RevisionSchema, row.body), contentId: row.content_id };
}

export function toUploadRow(partnerId: string, { upload, epoch, endTime }: StoredUpload): UploadTable {
  return {
    partner_id: partnerId,
    upload_id: upload.uploadId,
    document_id: upload.documentId,
    body: toBinary(UploadSchema, upload),
    state: upload.state,
    epoch,
    expire_time: milliseconds(upload.expireTime) ?? 0,
    end_time: endTime ?? null,
  };
}

export function toStoredUpload(
  row: Pick<Selectable<UploadTable>, "body" | "epoch" | "end_time">,
): StoredUpload {
  return { upload: fromBinary(UploadSchema, row.body), epoch: row.epoch, endTime: row.end_time ?? undefined };
}

export function toChangeRow(partnerId: string, change: Change, occurTime: number): ChangeTable {
  return {
    partner_id: partnerId,
    sequence: Number(change.event.sequence),
    occur_time: occurTime,
    event: toBinary(DocumentEventSchema, change.event),
    document_before: change.before === undefined ? null : toBinary(DocumentSchema, change.before),
    client_id: change.origin?.clientId ?? null,
    mutation_id: change.origin?.mutationId ?? null,
  };
}

export function toChange(row: Selectable<ChangeTable>): Change {
  return {
    event: fromBinary(DocumentEventSchema, row.event),
    before: row.document_before === null ? undefined : fromBinary(DocumentSchema, row.document_before),
    origin:
      row.client_id === null || row.mutation_id === null
        ? undefined
        : { clientId: row.client_id, mutationId: row.mutation_id },
  };
}

function milliseconds(time: Timestamp | undefined): number | undefined {
  return time === undefined ? undefined : timestampMs(time);
}
