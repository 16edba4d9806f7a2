import { fromBinary } from "@bufbuild/protobuf";
import { type SyncResult, SyncResultSchema } from "@partner/document/service/v1";
import { type Document, DocumentSchema, UploadState } from "@partner/document/v1";
import type { Dialect } from "@partner/storage";
import type { Kysely } from "kysely";
import type {
  Change,
  IdempotencyRecord,
  ListQuery,
  LogState,
  StoredChunk,
  StoredDocument,
  StoredRevision,
  StoredUpload,
  View,
} from "../domain/store.ts";
import { listQuery } from "./list-query.ts";
import { toChange, toStoredDocument, toStoredRevision, toStoredUpload } from "./rows.ts";
import type { Schema } from "./schema.ts";

/** Reads of one partner. Every query names the partner: there is no other way to the tables. */
export class SqlView implements View {
  protected readonly tx: Kysely<Schema>;
  protected readonly dialect: Dialect;
  protected readonly partnerId: string;

  constructor(tx: Kysely<Schema>, dialect: Dialect, partnerId: string) {
    this.tx = tx;
    this.dialect = dialect;
    this.partnerId = partnerId;
  }

  async log(): Promise<LogState> {
    const row = await this.tx
      .selectFrom("partner")
      .select(["sequence", "forgotten"])
      .where("partner_id", "=", this.partnerId)
      .executeTakeFirst();
    return row ?? { sequence: 0, forgotten: 0 };
  }

  async document(documentId: string): Promise<StoredDocument | undefined> {
    const [stored] = await this.documents([documentId]);
    return stored;
  }

  async documents(documentIds: readonly string[]): Promise<StoredDocument[]> {
    const rows = await this.tx
      .selectFrom("document")
      .select(["body", "previous_state"])
      .where("partner_id", "=", this.partnerId)
      .where("document_id", "in", documentIds)
      .execute();
    return rows.map(toStoredDocument);
  }

  async list(query: ListQuery): Promise<Document[]> {
    const rows = await listQuery(this.tx, this.dialect, this.partnerId, query).execute();
    return rows.map(({ body }) => fromBinary(DocumentSchema, body));
  }

  async revision(documentId: string, revisionId: string): Promise<StoredRevision | undefined> {
    const row = await this.tx
      .selectFrom("revision")
      .select(["body", "content_id"])
      .where("partner_id", "=", this.partnerId)
      .where("document_id", "=", documentId)
      .where("revision_id", "=", revisionId)
      .executeTakeFirst();
    return row && toStoredRevision(row);
  }

  async revisions(documentId: string, below: number, limit: number): Promise<StoredRevision[]> {
    const rows = await this.tx
      .selectFrom("revision")
      .select(["body", "content_id"])
      .where("partner_id", "=", this.partnerId)
      .where("document_id", "=", documentId)
      .where("number", "<", below)
      .orderBy("number", "desc")
      .limit(limit)
      .execute();
    return rows.map(toStoredRevision);
  }

  async upload(uploadId: string): Promise<StoredUpload | undefined> {
    const row = await this.tx
      .selectFrom("upload")
      .select(["body", "epoch", "end_time"])
      .where("partner_id", "=", this.partnerId)
      .where("upload_id", "=", uploadId)
      .executeTakeFirst();
    return row && toStoredUpload(row);
  }

  async activeUploads(documentId: string, now: number): Promise<number> {
    const { count } = await this.tx
      .selectFrom("upload")
      .select((eb) => eb.fn.countAll<number>().as("count"))
      .where("partner_id", "=", this.partnerId)
      .where("document_id", "=", documentId)
      .where("state", "=", UploadState.ACTIVE)
      .where("expire_time", ">", now)
      .executeTakeFirstOrThrow();
    return count;
  }

  async chunkAt(contentId: string, position: number): Promise<StoredChunk | undefined> {
    const row = await this.tx
      .selectFrom("content_chunk")
      .select(["position", "data"])
      .where("partner_id", "=", this.partnerId)
      .where("content_id", "=", contentId)
      .where("position", "<=", position)
      .orderBy("position", "desc")
      .limit(1)
      .executeTakeFirst();
    return row === undefined || row.position + row.data.length <= position ? undefined : row;
  }

  async changes(after: number, limit: number): Promise<Change[]> {
    const rows = await this.tx
      .selectFrom("document_change")
      .selectAll()
      .where("partner_id", "=", this.partnerId)
      .where("sequence", ">", after)
      .orderBy("sequence", "asc")
      .limit(limit)
      .execute();
    return rows.map(toChange);
  }

  async idempotencyKey(operation: string, key: string): Promise<IdempotencyRecord | undefined> {
    const row = await this.tx
      .selectFrom("idempotency_key")
      .select(["fingerprint", "resource_id", "create_time"])
      .where("partner_id", "=", this.partnerId)
      .where("operation", "=", operation)
      .where("idempotency_key", "=", key)
      .executeTakeFirst();
    return row && { fingerprint: row.fingerprint, resourceId: row.resource_id, createTime: row.create_time };
  }

  async syncResult(clientId: string, mutationId: string): Promise<SyncResult | undefined> {
    const row = await this.tx
      .selectFrom("sync_result")
      .select("result")
      .where("partner_id", "=", this.partnerId)
      .where("client_id", "=", clientId)
      .where("mutation_id", "=", mutationId)
      .executeTakeFirst();
    return row && fromBinary(SyncResultSchema, row.result);
  }

  async syncClientEpoch(clientId: string): Promise<number> {
    const row = await this.tx
      .selectFrom("sync_client")
      .select("epoch")
      .where("partner_id", "=", this.partnerId)
      .where("client_id", "=", clientId)
      .executeTakeFirst();
    return row?.epoch ?? 0;
  }
}
