import { create } from "@bufbuild/protobuf";
import { DocumentPurgedSchema, UploadState } from "@partner/document/v1";
import { appendEvent } from "./commit.ts";
import { endUpload } from "./content/uploads.ts";
import { type Platform, systemContext } from "./context.ts";
import { periods } from "./limits.ts";
import type { Store } from "./store.ts";

/** How much is done in one transaction: content may be large. */
const batch = { partners: 100, documents: 10, uploads: 10 };

/** What a round of retention did. */
export interface RetentionReport {
  readonly purgedDocuments: number;
  readonly expiredUploads: number;
}

/**
 * Purges deleted documents whose time has come, expires uploads that were left alone, and drops what nobody can ask for any
 * more. Safe to run in several replicas at once, and to stop at any point: what is left is done by the next round.
 */
export async function runRetention(
  store: Store,
  platform: Platform,
  signal: AbortSignal,
): Promise<RetentionReport> {
  const report = { purgedDocuments: 0, expiredUploads: 0 };
  let after = "";
  for (;;) {
    const partners = await store.partners(after, batch.partners);
    for (const partnerId of partners) {
      for (let more = true; more && !signal.aborted; ) {
        const did = await retainPartner(store, platform, partnerId);
        report.purgedDocuments += did.purged;
        report.expiredUploads += did.expired;
        more = did.purged === batch.documents || did.expired === batch.uploads;
      }
    }
    const last = partners.at(-1);
    if (last === undefined || signal.aborted) {
      return report;
    }
    after = last;
  }
}

async function retainPartner(
  store: Store,
  platform: Platform,
  partnerId: string,
): Promise<{ purged: number; expired: number }> {
  const context = systemContext(platform, partnerId, "retention");
  return await store.write(partnerId, async (unit) => {
    const now = context.clock.now();
    const documents = await unit.duePurges(now, batch.documents);
    for (const { document } of documents) {
      const { documentId } = document;
      const freed = await unit.removeDocument(documentId, now);
      await unit.use({ documents: -1, contentBytes: -freed });
      await appendEvent(unit, context, {
        documentId,
        before: document,
        after: undefined,
        change: { case: "purged", value: create(DocumentPurgedSchema) },
        sequence: await unit.nextSequence(),
        time: now,
      });
    }
    const uploads = await unit.dueUploads(now, batch.uploads);
    for (const stored of uploads) {
      await endUpload(unit, stored, UploadState.EXPIRED, now);
    }
    await unit.forget({
      changes: now - periods.changes,
      endedUploads: now - periods.upload,
      idempotencyKeys: now - periods.idempotencyKey,
      syncResults: now - periods.syncResult,
    });
    return { purged: documents.length, expired: uploads.length };
  });
}
