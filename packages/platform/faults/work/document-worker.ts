import { randomUUID } from "node:crypto";
import { type Connection, codeOf } from "../harness/clients.ts";
import type { Member } from "../harness/people.ts";
import type { Random } from "../harness/random.ts";
import { until } from "../harness/until.ts";
import type { Ledger } from "./ledger.ts";
import { sending, sha256, streamOf } from "./uploading.ts";

/** What a worker needs. */
export interface Work {
  readonly member: Member;
  readonly random: Random;
  readonly ledger: Ledger;
  /** The service, wherever it is now. */
  readonly connection: () => Connection;
  readonly stopped: () => boolean;
}

const patienceMs = 60_000;

/**
 * Writes documents of its own, one call after the other, as a careful client does: what failed with its outcome open is
 * asked for again, under the same idempotency key, until there is an answer.
 */
export async function workOnDocuments(work: Work): Promise<void> {
  const { random, stopped } = work;
  let documentId = "";
  while (!stopped()) {
    const what = documentId === "" ? 0 : random.next();
    if (what < 0.3) {
      documentId = await create(work);
    } else if (what < 0.75) {
      await update(work, documentId);
    } else {
      await upload(work, documentId);
    }
  }
}

/** Calls until there is an answer. Undefined: the work was stopped first. */
async function answered<T>(
  { ledger, connection, stopped }: Work,
  call: (to: Connection) => Promise<T>,
): Promise<T | undefined> {
  const { value } = await until<{ value: T | undefined }>(
    "an answer to a repeated call",
    patienceMs,
    async () => {
      try {
        return { value: await call(connection()) };
      } catch (error) {
        const code = codeOf(error);
        ledger.failed(code);
        if (!passing.has(code)) {
          throw error;
        }
        return stopped() ? { value: undefined } : undefined;
      }
    },
    100,
  );
  return value;
}

/**
 * What a client sees of a fault: the service says that it is not available, or the connection to it broke, which the client
 * itself reports as one of these.
 */
const passing: ReadonlySet<string> = new Set(["Unavailable", "Aborted", "Canceled", "Internal", "Unknown"]);

async function create(work: Work): Promise<string> {
  const { member, random, ledger } = work;
  const idempotencyKey = randomUUID();
  const title = `new ${random.integer(0, 1e9)}`;
  const answer = await answered(work, async ({ documents }) => {
    const { document } = await documents.createDocument({ document: { title }, idempotencyKey });
    if (document === undefined) {
      throw new TypeError("an answer without a document");
    }
    ledger.document(idempotencyKey, document.documentId);
    return document;
  });
  if (answer === undefined) {
    return "";
  }
  ledger.state(member.partnerId, answer);
  return answer.documentId;
}

async function update(work: Work, documentId: string): Promise<void> {
  const { member, random, ledger } = work;
  const title = `changed ${random.integer(0, 1e9)}`;
  const answer = await answered(work, ({ documents }) =>
    documents.updateDocument({
      document: { documentId, title, labels: { key: title } },
      updateMask: { paths: ["title", "labels"] },
    }),
  );
  if (answer?.document !== undefined) {
    ledger.state(member.partnerId, answer.document);
  }
}

/** In two streams, of which the first stops half-way on purpose. */
async function upload(work: Work, documentId: string): Promise<void> {
  const { random, ledger } = work;
  const content = random.bytes(random.integer(1, 60_000));
  const idempotencyKey = randomUUID();
  const created = await answered(work, ({ documents }) =>
    documents.createUpload({ upload: { documentId, mediaType: "text/plain" }, idempotencyKey }),
  );
  const uploadId = created?.upload?.uploadId;
  if (uploadId === undefined) {
    return;
  }
  ledger.received(uploadId, 0);
  const half = Math.floor(content.length / 2);
  for (const end of half > 0 ? [half, content.length] : [content.length]) {
    const answer = await answered(work, async ({ documents }) => {
      const { upload: now } = await documents.getUpload({ uploadId });
      const start = Math.min(Number(now?.receivedBytes ?? 0n), end);
      return await documents.uploadContent(streamOf(sending(uploadId, content, start, end, 16_384)));
    });
    if (answer === undefined) {
      return;
    }
    ledger.received(uploadId, Number(answer.upload?.receivedBytes ?? 0n));
    if (answer.revision !== undefined) {
      ledger.revision(answer.revision.revisionId, Buffer.from(sha256(content)).toString("hex"));
    }
  }
}
