import type { DocumentsReport } from "../check/documents.ts";

/** What a service acknowledged, as its clients remember it. */
export class Ledger {
  /** How many writes were acknowledged. */
  acknowledged = 0;
  /** How many calls failed, by code. */
  readonly failures = new Map<string, number>();
  readonly #states: { partnerId: string; documentId: string; etag: string; title: string }[] = [];
  readonly #received = new Map<string, number>();
  readonly #revisions = new Map<string, string>();
  /** Documents by the idempotency key that they were created under. */
  readonly #documents = new Map<string, string>();
  readonly #doubled: string[] = [];

  document(key: string, documentId: string): void {
    if ((this.#documents.get(key) ?? documentId) !== documentId) {
      this.#doubled.push(`the key ${key} made two documents`);
    }
    this.#documents.set(key, documentId);
  }

  state(partnerId: string, document: { documentId: string; etag: string; title: string }): void {
    const { documentId, etag, title } = document;
    this.#states.push({ partnerId, documentId, etag, title });
    this.acknowledged++;
  }

  received(uploadId: string, bytes: number): void {
    this.#received.set(uploadId, Math.max(bytes, this.#received.get(uploadId) ?? 0));
    this.acknowledged++;
  }

  revision(revisionId: string, digest: string): void {
    this.#revisions.set(revisionId, digest);
    this.acknowledged++;
  }

  failed(code: string): void {
    this.failures.set(code, (this.failures.get(code) ?? 0) + 1);
  }

  /** What was acknowledged and is not in the database, and what is there twice. */
  missing(report: DocumentsReport): string[] {
    const lost = [...this.#doubled];
    for (const { partnerId, documentId, etag, title } of this.#states) {
      // An etag is the sequence of the change that made it.
      const event = report.events.get(`${partnerId}/${Number.parseInt(etag, 36)}`);
      if (event?.documentId !== documentId || event.document?.title !== title) {
        lost.push(`document ${documentId} as of ${etag}, "${title}"`);
      }
    }
    for (const [uploadId, bytes] of this.#received) {
      const found = report.uploads.get(uploadId)?.received ?? 0;
      if (found < bytes) {
        lost.push(`upload ${uploadId}: ${found} bytes of ${bytes}`);
      }
    }
    for (const [revisionId, digest] of this.#revisions) {
      if (report.revisions.get(revisionId) !== digest) {
        lost.push(`revision ${revisionId} with its content`);
      }
    }
    const made = new Set(this.#documents.values());
    if (made.size !== report.documents) {
      lost.push(`${report.documents} documents are there, where ${made.size} were made`);
    }
    return lost;
  }
}
