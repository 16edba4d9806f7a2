import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { basename, extname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Document } from "@partner/document/v1";
import type { Clients } from "../documents/connect.ts";
import { fileContent } from "../documents/content.ts";
import { downloadContent } from "../documents/download.ts";
import { uploadContent } from "../documents/upload.ts";
import { watchChanges } from "../documents/watch.ts";
import { documentLine, eventLine, formatBytes } from "./print.ts";

/** Where a command's results go, line by line. */
export type Print = (line: string) => void;

const mediaTypes: Readonly<Record<string, string>> = {
  ".csv": "text/csv",
  ".html": "text/html",
  ".jpg": "image/jpeg",
  ".json": "application/json",
  ".md": "text/markdown",
  ".pdf": "application/pdf",
  ".png": "image/png",
  ".txt": "text/plain",
};

/** An access token, for other clients. */
export async function printToken({ tokens }: Clients, print: Print): Promise<void> {
  print((await tokens.get()).value());
}

/** Who the account is, and what it may do. */
export async function printIdentity({ identity }: Clients, print: Print): Promise<void> {
  const { serviceAccount, partner } = await identity.whoAmI({});
  print(`${serviceAccount?.username} of ${partner?.displayName} may ${serviceAccount?.scopes.join(", ")}`);
}

/** All documents, newest first. */
export async function listDocuments({ documents }: Clients, print: Print): Promise<void> {
  for (let pageToken = ""; ; ) {
    const page = await documents.listDocuments({ pageToken });
    for (const document of page.documents) {
      print(documentLine(document));
    }
    pageToken = page.nextPageToken;
    if (pageToken === "") {
      return;
    }
  }
}

/** A new document without content. Prints its id. */
export async function createDocument(
  { documents }: Clients,
  fields: { title: string; description?: string },
  print: Print,
): Promise<void> {
  const { document } = await documents.createDocument({ document: fields, idempotencyKey: randomUUID() });
  print((document as Document).documentId);
}

/** The content of a document from a file, which becomes its newest revision. */
export async function upload(
  { documents }: Clients,
  { documentId, file, note }: { documentId: string; file: string; note: Print },
  print: Print,
): Promise<void> {
  const content = await fileContent(file);
  const { number, sizeBytes } = await uploadContent(documents, {
    documentId,
    content,
    mediaType: mediaTypes[extname(file).toLowerCase()] ?? "application/octet-stream",
    fileName: basename(file),
    onResume: (error, from) => note(`going on from ${from} after: ${error.message}`),
  });
  print(`revision ${number}, ${formatBytes(sizeBytes)}`);
}

/** The content of a document, to a file or to standard output. */
export async function download(
  { documents }: Clients,
  { documentId, output, note }: { documentId: string; output?: string; note: Print },
): Promise<void> {
  const onResume = (error: Error, from: string): void =>
    note(`going on from ${from} after: ${error.message}`);
  const content = Readable.from(downloadContent(documents, documentId, { onResume }));
  await (output === undefined
    ? pipeline(content, process.stdout, { end: false })
    : pipeline(content, createWriteStream(output)));
}

/** Changes as they happen, until the signal aborts. */
export async function watch(
  { documents }: Clients,
  { signal, note }: { signal: AbortSignal; note: Print },
  print: Print,
): Promise<void> {
  let watching = false;
  const onCaughtUp = (): void => {
    if (!watching) {
      watching = true;
      note("watching; Ctrl-C ends it");
    }
  };
  for await (const { event } of watchChanges(documents, { signal, onCaughtUp })) {
    print(eventLine(event));
  }
}
