import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Client, createClient, type Interceptor } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { createConnectTransport } from "@connectrpc/connect-web";
import { DocumentService } from "@partner/document/service/v1";
import { createDocumentService, migrations, type Schema } from "@partner/document-service";
import { openDatabase } from "@partner/storage";
import { onTestFinished } from "vitest";
import { withBufferedStreams } from "../page/buffered-streams.ts";
import { partBytes } from "../page/upload.ts";

/** Serves the real document service over HTTP/1.1 until the test ends, and calls it as the page does, for one caller. */
export async function startDocumentServer(
  ...interceptors: Interceptor[]
): Promise<{ client: Client<typeof DocumentService>; documentId: string }> {
  const db = await openDatabase<Schema>({ url: "sqlite::memory:", migrations });
  const caller = { partnerId: randomUUID(), accountId: randomUUID(), scopes: new Set<string>() };
  const service = createDocumentService({ db, callerOf: () => caller });
  const server = createServer(connectNodeAdapter({ routes: service.routes }));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
    service.close();
    await db.close();
  });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const transport = withBufferedStreams(createConnectTransport({ baseUrl, interceptors }), {
    baseUrl,
    interceptors,
    maxRequestBytes: partBytes + 65_536,
  });
  const client = createClient(DocumentService, transport);
  const request = { document: { title: "A document" }, idempotencyKey: randomUUID() };
  const { document } = await client.createDocument(request);
  return { client, documentId: document?.documentId ?? "" };
}
