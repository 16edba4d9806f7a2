import { createHash, randomUUID } from "node:crypto";
import { expectEqual, expectText } from "./expect.ts";

/** The service that is called. */
export const documentService = "partner.document.service.v1.DocumentService";

/** With whose token a call is made. */
export type Who = "editor" | "reader" | "nobody";

/** A program that calls with messages in JSON, and prints JSON. */
export interface JsonClient {
  /** @throws Error when the call fails */
  answers(rpc: string, messages: readonly object[]): Promise<unknown[]>;
  /** The gRPC code of a call that has to fail, and all that is shown of it, metadata included. */
  fails(rpc: string, messages: readonly object[], who: Who): Promise<{ code: number; shown: string }>;
}

const codes = { invalidArgument: 3, notFound: 5, permissionDenied: 7, unauthenticated: 16 };

/** Calls of the four kinds, and the failures that clients have to tell apart. */
export async function tryDocumentCalls(
  client: JsonClient,
  check: (name: string, work: () => Promise<void>) => Promise<void>,
): Promise<void> {
  let documentId = "";
  await check("unary", async () => {
    const request = { document: { title: "Made by buf curl" }, idempotencyKey: randomUUID() };
    const [created] = (await client.answers("CreateDocument", [request])) as {
      document: { documentId: string };
    }[];
    documentId = created?.document.documentId ?? "";
    const [read] = (await client.answers("GetDocument", [{ documentId }])) as {
      document: { title: string };
    }[];
    expectEqual(read?.document.title, "Made by buf curl", "title");
  });

  const content = Buffer.from("content that goes up and down again\n".repeat(1000));
  await check("client streaming", async () => {
    const upload = { documentId, mediaType: "text/plain" };
    const request = { upload, idempotencyKey: randomUUID() };
    const [made] = (await client.answers("CreateUpload", [request])) as { upload: { uploadId: string } }[];
    const half = content.length / 2;
    const chunk = (offset: number) => ({
      chunk: { offset, data: content.subarray(offset, offset + half).toString("base64") },
    });
    const value = createHash("sha256").update(content).digest("base64");
    const digest = { algorithm: "DIGEST_ALGORITHM_SHA256", value };
    const [done] = (await client.answers("UploadContent", [
      { start: { uploadId: made?.upload.uploadId } },
      chunk(0),
      chunk(half),
      { finish: { sizeBytes: content.length, digest } },
    ])) as { revision: { sizeBytes: string } }[];
    expectEqual(Number(done?.revision.sizeBytes), content.length, "bytes of the revision");
  });

  await check("server streaming", async () => {
    const messages = (await client.answers("DownloadContent", [{ documentId }])) as {
      chunk?: { data: string };
    }[];
    const parts = messages.flatMap(({ chunk }) =>
      chunk === undefined ? [] : [Buffer.from(chunk.data, "base64")],
    );
    expectEqual(Buffer.concat(parts).equals(content), true, "same content");
  });

  await check("bidirectional streaming", async () => {
    const mutationId = randomUUID();
    const messages = (await client.answers("SyncDocuments", [
      { start: { clientId: randomUUID() } },
      { mutation: { mutationId, create: { document: { title: "Made offline" } } } },
    ])) as { result?: { mutationId: string; applied?: { title: string } } }[];
    const result = messages.find((message) => message.result !== undefined)?.result;
    expectEqual(result?.mutationId, mutationId, "mutation");
    expectEqual(result?.applied?.title, "Made offline", "title");
  });

  await check("NOT_FOUND", async () => {
    const { code } = await client.fails("GetDocument", [{ documentId: randomUUID() }], "editor");
    expectEqual(code, codes.notFound, "code");
  });

  await check("NOT_FOUND in a server stream", async () => {
    const { code } = await client.fails("DownloadContent", [{ documentId: randomUUID() }], "editor");
    expectEqual(code, codes.notFound, "code");
  });

  await check("INVALID_ARGUMENT, with the violations", async () => {
    const { code, shown } = await client.fails("GetDocument", [{ documentId: "no uuid" }], "editor");
    expectEqual(code, codes.invalidArgument, "code");
    expectText(shown, 'buf.validate.Violations"');
    expectText(shown, '"ruleId": "string.uuid"');
  });

  for (const [kind, rpc] of [
    ["unary", "GetDocument"],
    ["server streaming", "DownloadContent"],
    ["client streaming", "UploadContent"],
    ["bidirectional streaming", "SyncDocuments"],
  ] as const) {
    await check(`UNAUTHENTICATED with a challenge: ${kind}`, async () => {
      const { code, shown } = await client.fails(rpc, [{}], "nobody");
      expectEqual(code, codes.unauthenticated, "code");
      expectText(shown.toLowerCase(), 'www-authenticate: bearer realm="wirehouse"');
    });
  }

  await check("PERMISSION_DENIED, with the scope that is missing", async () => {
    const request = { document: { title: "Not allowed" }, idempotencyKey: randomUUID() };
    const { code, shown } = await client.fails("CreateDocument", [request], "reader");
    expectEqual(code, codes.permissionDenied, "code");
    expectText(shown, 'error="insufficient_scope"');
    expectText(shown, 'scope="document:write"');
  });
}
