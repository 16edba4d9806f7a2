import { toBinary } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type SyncResult, SyncResultSchema } from "@partner/document/service/v1";
import { DocumentState, UploadState } from "@partner/document/v1";
import type { Expression, ExpressionBuilder } from "kysely";
import type {
  Change,
  ForgetBefore,
  IdempotencyRecord,
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
import type { PartnerTable, Schema } from "./schema.ts";
import { SqlView } from "./sql-view.ts";

/** Writes of one partner, in one transaction. */
export class SqlUnit extends SqlView implements Unit {
  /** Whether those that wait for news of the partner should look. */
  stirred = false;
  #hasRow = false;

  stir(): void {
    this.stirred = true;
  }

  async usage(): Promise<Usage> {
    const row = await this.tx
      .selectFrom("partner")
      .select(["documents", "content_bytes as contentBytes"])
      .where("partner_id", "=", this.partnerId)
      .executeTakeFirst();
    return row ?? { documents: 0, contentBytes: 0 };
  }

  async use({ documents = 0, contentBytes = 0 }: Partial<Usage>): Promise<void> {
    await this.#partner((eb) => ({
      documents: eb("documents", "+", documents),
      content_bytes: eb("content_bytes", "+", contentBytes),
    }));
  }

  async nextSequence(): Promise<number> {
    await this.#partner((eb) => ({ sequence: eb("sequence", "+", 1) }));
    return (await this.log()).sequence;
  }

  /** Makes a `stir` visible to who polls. Called once, at the end. */
  async pulse(): Promise<void> {
    await this.#partner((eb) => ({ pulse: eb("pulse", "+", 1) }));
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
      await this.#partner(() => ({ forgotten }));
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

  /** Changes the partner's row, which the partner's first write makes. */
  async #partner(set: (eb: ExpressionBuilder<Schema, "partner">) => PartnerChange): Promise<void> {
    if (!this.#hasRow) {
      const zero = { sequence: 0, forgotten: 0, pulse: 0, documents: 0, content_bytes: 0 };
      await this.tx
        .insertInto("partner")
        .values({ partner_id: this.partnerId, ...zero })
        .onConflict((on) => on.column("partner_id").doNothing())
        .execute();
      this.#hasRow = true;
    }
    await this.tx.updateTable("partner").set(set).where("partner_id", "=", this.partnerId).execute();
  }
}

type PartnerChange = { [Column in Exclude<keyof PartnerTable, "partner_id">]?: number | Expression<number> };
