import { toBinary } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type SyncResult, SyncResultSchema } from "@partner/document/service/v1";
import { DocumentState, UploadState } from "@partner/document/v1";
import type {
  Change,
  ForgetBefore,
  IdempotencyRecord,
  LogState,
  StoredChunk,
  StoredDocument,
  StoredRevision,
  StoredUpload,
  Unit,
  Usage,
} from "../domain/store.ts";
import {
  toChangeRow,
  toDocumentRow,
  toLabelRows,
  toRevisionRow,
  toStoredDocument,
  toStoredUpload,
  toUploadRow,
} from "./rows.ts";
import type { PartnerTable } from "./schema.ts";
import { SqlView } from "./sql-view.ts";

/** Writes of one partner, in one transaction. */
export class SqlUnit extends SqlView implements Unit {
  /** Whether those that wait for news of the partner should look. */
  stirred = false;
  /** The partner's row as it will be written at the end, once it was looked at. */
  #partner: Omit<PartnerTable, "partner_id"> | undefined;
  #isChanged = false;

  stir(): void {
    this.stirred = true;
  }

  async usage(): Promise<Usage> {
    const { documents, content_bytes } = await this.#read();
    return { documents, contentBytes: content_bytes };
  }

  override async log(): Promise<LogState> {
    const { sequence, forgotten } = await this.#read();
    return { sequence, forgotten };
  }

  async use({ documents = 0, contentBytes = 0 }: Partial<Usage>): Promise<void> {
    const partner = await this.#change();
    partner.documents += documents;
    partner.content_bytes += contentBytes;
  }

  async nextSequence(): Promise<number> {
    const partner = await this.#change();
    partner.sequence++;
    return partner.sequence;
  }

  /** Writes what became of the partner's row, and makes a `stir` visible to who polls. Called once, at the end. */
  async save(): Promise<void> {
    if (this.stirred) {
      (await this.#change()).pulse++;
    }
    if (this.#partner !== undefined && this.#isChanged) {
      const row = { partner_id: this.partnerId, ...this.#partner };
      await this.tx
        .insertInto("partner")
        .values(row)
        .onConflict((on) => on.column("partner_id").doUpdateSet(row))
        .execute();
    }
  }

  async saveDocument(stored: StoredDocument): Promise<void> {
    const { document } = stored;
    const row = toDocumentRow(this.partnerId, stored);
    await this.tx
      .insertInto("document")
      .values(row)
      .onConflict((on) => on.columns(["partner_id", "document_id"]).doUpdateSet(row))
      .execute();
    await this.tx
      .deleteFrom("document_label")
      .where("partner_id", "=", this.partnerId)
      .where("document_id", "=", document.documentId)
      .execute();
    const labels = toLabelRows(this.partnerId, stored);
    if (labels.length > 0) {
      await this.tx.insertInto("document_label").values(labels).execute();
    }
  }

  async removeDocument(documentId: string, now: number): Promise<number> {
    const uploads = await this.tx
      .selectFrom("upload")
      .select(["body", "epoch", "end_time"])
      .where("partner_id", "=", this.partnerId)
      .where("document_id", "=", documentId)
      .where("state", "=", UploadState.ACTIVE)
      .execute();
    for (const { upload, epoch } of uploads.map(toStoredUpload)) {
      const expired = {
        ...upload,
        state: UploadState.EXPIRED,
        receivedBytes: 0n,
        expireTime: timestampFromMs(now),
      };
      await this.saveUpload({ upload: expired, epoch: epoch + 1, endTime: now });
    }
    // The id of an upload is that of its content, and all content of a document was once uploaded.
    const contents = this.tx
      .selectFrom("upload")
      .select("upload_id")
      .where("partner_id", "=", this.partnerId)
      .where("document_id", "=", documentId)
      .union(
        this.tx
          .selectFrom("revision")
          .select("content_id as upload_id")
          .where("partner_id", "=", this.partnerId)
          .where("document_id", "=", documentId),
      );
    const { bytes } = await this.tx
      .selectFrom("content_chunk")
      .select((eb) =>
        eb.fn.coalesce(eb.fn.sum<number | string>(eb.fn("length", ["data"])), eb.lit(0)).as("bytes"),
      )
      .where("partner_id", "=", this.partnerId)
      .where("content_id", "in", contents)
      .executeTakeFirstOrThrow();
    await this.tx
      .deleteFrom("content_chunk")
      .where("partner_id", "=", this.partnerId)
      .where("content_id", "in", contents)
      .execute();
    for (const table of ["revision", "document_label", "document"] as const) {
      await this.tx
        .deleteFrom(table)
        .where("partner_id", "=", this.partnerId)
        .where("document_id", "=", documentId)
        .execute();
    }
    return Number(bytes);
  }

  async addRevision(stored: StoredRevision): Promise<void> {
    await this.tx.insertInto("revision").values(toRevisionRow(this.partnerId, stored)).execute();
  }

  async saveUpload(stored: StoredUpload): Promise<void> {
    const row = toUploadRow(this.partnerId, stored);
    await this.tx
      .insertInto("upload")
      .values(row)
      .onConflict((on) => on.columns(["partner_id", "upload_id"]).doUpdateSet(row))
      .execute();
  }

  async addChunk(contentId: string, { position, data }: StoredChunk): Promise<void> {
    await this.tx
      .insertInto("content_chunk")
      .values({ partner_id: this.partnerId, content_id: contentId, position, data })
      .execute();
  }

  async dropContent(contentId: string): Promise<void> {
    await this.tx
      .deleteFrom("content_chunk")
      .where("partner_id", "=", this.partnerId)
      .where("content_id", "=", contentId)
      .execute();
  }

  async appendChange(change: Change, occurTime: number): Promise<void> {
    await this.tx
      .insertInto("document_change")
      .values(toChangeRow(this.partnerId, change, occurTime))
      .execute();
  }

  async rememberIdempotencyKey(operation: string, key: string, record: IdempotencyRecord): Promise<void> {
    const columns = {
      fingerprint: record.fingerprint,
      resource_id: record.resourceId,
      create_time: record.createTime,
    };
    await this.tx
      .insertInto("idempotency_key")
      .values({ partner_id: this.partnerId, operation, idempotency_key: key, ...columns })
      .onConflict((on) => on.columns(["partner_id", "operation", "idempotency_key"]).doUpdateSet(columns))
      .execute();
  }

  async rememberSyncResult(clientId: string, result: SyncResult, now: number): Promise<void> {
    await this.tx
      .insertInto("sync_result")
      .values({
        partner_id: this.partnerId,
        client_id: clientId,
        mutation_id: result.mutationId,
        result: toBinary(SyncResultSchema, result),
        create_time: now,
      })
      .execute();
  }

  async claimSyncClient(clientId: string, now: number): Promise<number> {
    await this.tx
      .insertInto("sync_client")
      .values({ partner_id: this.partnerId, client_id: clientId, epoch: 1, claim_time: now })
      .onConflict((on) =>
        on
          .columns(["partner_id", "client_id"])
          .doUpdateSet((eb) => ({ epoch: eb("sync_client.epoch", "+", 1), claim_time: now })),
      )
      .execute();
    return await this.syncClientEpoch(clientId);
  }

  async duePurges(now: number, limit: number): Promise<StoredDocument[]> {
    const rows = await this.tx
      .selectFrom("document")
      .select(["body", "previous_state"])
      .where("partner_id", "=", this.partnerId)
      .where("state", "=", DocumentState.DELETED)
      .where("purge_time", "<=", now)
      .orderBy("purge_time", "asc")
      .limit(limit)
      .execute();
    return rows.map(toStoredDocument);
  }

  async dueUploads(now: number, limit: number): Promise<StoredUpload[]> {
    const rows = await this.tx
      .selectFrom("upload")
      .select(["body", "epoch", "end_time"])
      .where("partner_id", "=", this.partnerId)
      .where("state", "=", UploadState.ACTIVE)
      .where("expire_time", "<=", now)
      .orderBy("expire_time", "asc")
      .limit(limit)
      .execute();
    return rows.map(toStoredUpload);
  }

  async forget(before: ForgetBefore): Promise<void> {
    const { forgotten } = await this.tx
      .selectFrom("document_change")
      .select((eb) => eb.fn.max("sequence").as("forgotten"))
      .where("partner_id", "=", this.partnerId)
      .where("occur_time", "<", before.changes)
      .executeTakeFirstOrThrow();
    if (forgotten !== null) {
      (await this.#change()).forgotten = forgotten;
      await this.tx
        .deleteFrom("document_change")
        .where("partner_id", "=", this.partnerId)
        .where("sequence", "<=", forgotten)
        .execute();
    }
    await this.tx
      .deleteFrom("upload")
      .where("partner_id", "=", this.partnerId)
      .where("end_time", "<", before.endedUploads)
      .execute();
    await this.tx
      .deleteFrom("idempotency_key")
      .where("partner_id", "=", this.partnerId)
      .where("create_time", "<", before.idempotencyKeys)
      .execute();
    await this.tx
      .deleteFrom("sync_result")
      .where("partner_id", "=", this.partnerId)
      .where("create_time", "<", before.syncResults)
      .execute();
    await this.tx
      .deleteFrom("sync_client")
      .where("partner_id", "=", this.partnerId)
      .where("claim_time", "<", before.syncResults)
      .execute();
  }

  async #read(): Promise<Omit<PartnerTable, "partner_id">> {
    // Nobody else writes it meanwhile: the writes of a partner come one after the other.
    this.#partner ??= (await this.tx
      .selectFrom("partner")
      .select(["sequence", "forgotten", "pulse", "documents", "content_bytes"])
      .where("partner_id", "=", this.partnerId)
      .executeTakeFirst()) ?? { sequence: 0, forgotten: 0, pulse: 0, documents: 0, content_bytes: 0 };
    return this.#partner;
  }

  async #change(): Promise<Omit<PartnerTable, "partner_id">> {
    this.#isChanged = true;
    return await this.#read();
  }
}
