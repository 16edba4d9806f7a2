import { randomBytes, randomUUID } from "node:crypto";
import type { Document } from "@partner/document/v1";
import { formatBytes } from "../client/print.ts";
import { bytesContent } from "../documents/content.ts";
import { downloadContent } from "../documents/download.ts";
import type { ResumeOptions } from "../documents/resume.ts";
import { syncDocuments } from "../documents/sync.ts";
import { uploadContent } from "../documents/upload.ts";
import { watchChanges } from "../documents/watch.ts";
import { PlatformError } from "../errors.ts";
import { expect, type Stage, within } from "./stage.ts";

const longest = 15_000;

/** Writes and reads one document over and over. Returns what was seen. */
export async function unary({ others: documents, goesOn, sleep }: Stage): Promise<string> {
  const { documentId } = await create(documents, "Unary");
  let rounds = 0;
  for (; goesOn(); rounds++) {
    const title = `Unary, round ${rounds}`;
    await documents.updateDocument({ document: { documentId, title } });
    const { document } = await documents.getDocument({ documentId });
    expect(document?.title === title, "unary", `round ${rounds} was read as "${document?.title}"`);
    await sleep(150);
  }
  return `${rounds} writes, each read back`;
}

/** Uploads content so slowly that no token lives long enough. */
export async function upload({ documents, durationMs, signal, sleep, say }: Stage): Promise<string> {
  const { documentId } = await create(documents, "Upload");
  const step = 65_536;
  const pauseMs = 50;
  const content = bytesContent(randomBytes(Math.ceil((durationMs * 0.8) / pauseMs) * step), {
    step,
    pace: () => sleep(pauseMs),
  });
  const file = { documentId, content, mediaType: "application/octet-stream", fileName: "upload.bin" };
  const revision = await uploadContent(documents, { ...file, signal, onResume: sayResumed(say, "upload") });
  const digest = Buffer.from(revision.digest?.value ?? []);
  expect(digest.equals(content.digest), "upload", "the server has other bytes than were sent");
  return `${formatBytes(content.size)} in one revision, SHA-256 as sent`;
}

/** Uploads content at once, then downloads it as slowly. */
export async function download({ documents, durationMs, signal, sleep, say }: Stage): Promise<string> {
  const { documentId } = await create(documents, "Download");
  const bytes = randomBytes(16 * 1024 * 1024);
  const file = {
    content: bytesContent(bytes),
    mediaType: "application/octet-stream",
    fileName: "download.bin",
  };
  const resume = { signal, onResume: sayResumed(say, "download") };
  await uploadContent(documents, { documentId, ...file, ...resume });
  const startedAt = performance.now();
  let at = 0;
  for await (const chunk of downloadContent(documents, documentId, resume)) {
    const same = bytes.subarray(at, at + chunk.length).equals(chunk);
    expect(same, "download", `other bytes came than were sent, after ${at}`);
    at += chunk.length;
    await sleep(Math.max(0, startedAt + (at / bytes.length) * durationMs * 0.7 - performance.now()));
  }
  expect(at === bytes.length, "download", `${at} of ${bytes.length} bytes came`);
  return `${formatBytes(at)}, byte for byte`;
}

/**
 * Follows the changes that the other parts make, until `finished`, over streams that are cut again and again; then reads the same
 * changes from one stream that is not, and compares.
 */
export async function watch(stage: Stage, finished: Promise<unknown>): Promise<string> {
  const { documents, cursor, signal, say } = stage;
  const last = randomUUID();
  const follow = async (onResume?: ResumeOptions["onResume"]): Promise<string[]> => {
    const seen: string[] = [];
    const ending = new AbortController();
    const either = AbortSignal.any([ending.signal, signal]);
    const changes = watchChanges(documents, { cursor, signal: either, onResume });
    for await (const { event } of changes) {
      seen.push(`${event.sequence} ${event.eventId}`);
      if (event.document?.labels.last === last) {
        ending.abort();
        break;
      }
    }
    return seen;
  };
  const following = follow(sayResumed(say, "watch"));
  await Promise.race([finished, following]);
  await create(documents, "The last change", { last });
  const seen = await within(longest, "watch", "the last change", following);
  const oracle = await within(longest, "watch", "reading the changes again", follow());
  expect(seen.join() === oracle.join(), "watch", "changes were skipped or repeated");
  return `${seen.length} changes, none skipped, none repeated`;
}

/** Changes a document over a stream that is cut again and again. Each change names the version that it is made to. */
export async function sync({ documents, cursor, signal, goesOn, sleep, say }: Stage): Promise<string> {
  const ending = new AbortController();
  const changes: string[] = [];
  const copy = syncDocuments(documents, {
    cursor,
    signal: AbortSignal.any([ending.signal, signal]),
    onResume: sayResumed(say, "sync"),
    onChange: ({ mutationId }) => {
      if (mutationId !== "") {
        changes.push(mutationId);
      }
    },
  });
  const failure = copy.done.then((): never => {
    throw new PlatformError("demo_failed", "sync: the stream ended");
  });
  failure.catch(() => undefined);
  const made: string[] = [];
  const mutate = async (operation: Parameters<typeof copy.mutate>[0]): Promise<Document> => {
    const answer = copy.mutate(operation);
    const { mutationId, outcome } = await within(
      longest,
      "sync",
      "a result",
      Promise.race([answer, failure]),
    );
    expect(outcome.case === "applied", "sync", `a change was not applied: ${outcome.case}`);
    made.push(mutationId);
    return outcome.value;
  };
  let document = await mutate({ case: "create", value: { document: { title: "Sync" } } });
  for (let round = 1; goesOn(); round++) {
    const { documentId, etag } = document;
    const changed = { documentId, etag, title: `Sync, round ${round}` };
    document = await mutate({ case: "update", value: { document: changed } });
    await sleep(150);
  }
  const missing = async (): Promise<void> => {
    while (changes.length < made.length) {
      await sleep(20);
    }
  };
  await within(longest, "sync", "the last change", missing());
  ending.abort();
  await copy.done;
  expect(changes.join() === made.join(), "sync", "changes were lost, repeated or out of order");
  return `${made.length} changes, each applied once and sent back once`;
}

async function create(
  documents: Stage["documents"],
  title: string,
  labels: Record<string, string> = {},
): Promise<Document> {
  const { document } = await documents.createDocument({
    document: { title, labels: { demo: "yes", ...labels } },
    idempotencyKey: randomUUID(),
  });
  return document as Document;
}

function sayResumed(say: Stage["say"], part: string): ResumeOptions["onResume"] {
  return (_error, from) => say(part, `goes on from ${from}`);
}
