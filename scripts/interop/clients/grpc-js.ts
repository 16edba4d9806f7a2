import { createHash, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { type ServiceError, status } from "@grpc/grpc-js";
import { DocumentService, type UploadContentRequestSchema } from "@partner/document/service/v1";
import { DigestAlgorithm } from "@partner/document/v1";
import { expectEqual, expectText } from "./expect.ts";
import { GrpcJsClient } from "./grpc-js-client.ts";
import type { Report } from "./report.ts";
import { type Platform, tokensOf } from "./seed.ts";

interface GrpcJsContext {
  readonly report: Report;
  readonly platform: Platform;
  /** File with the authority of the servers' certificate, where they speak TLS. */
  readonly ca?: string | undefined;
}

const rpcs = DocumentService.method;

/** grpc-js calls the document service. */
export async function tryGrpcJs({ report, platform, ca }: GrpcJsContext): Promise<void> {
  const protocol = ca === undefined ? "grpc" : "grpc over TLS";
  const check = (name: string, work: () => Promise<void>) => report.check("grpc-js", protocol, name, work);
  report.versions.set("grpc-js", versionOfGrpcJs());
  const tokens = await tokensOf(platform);
  const client = new GrpcJsClient(platform.documentUrl, ca);
  const content = Buffer.from("grpc-js sends this and reads it again\n".repeat(20_000));
  let documentId = "";
  try {
    await check("unary", async () => {
      const request = { document: { title: "Made by grpc-js" }, idempotencyKey: randomUUID() };
      const made = await client.unary(rpcs.createDocument, request, tokens.editor);
      documentId = made.document?.documentId ?? "";
      const read = await client.unary(rpcs.getDocument, { documentId }, tokens.reader);
      expectEqual(read.document?.title, "Made by grpc-js", "title");
    });
    await check("client streaming", async () => {
      const upload = { documentId, mediaType: "text/plain" };
      const request = { upload, idempotencyKey: randomUUID() };
      const made = await client.unary(rpcs.createUpload, request, tokens.editor);
      const messages = uploadOf(made.upload?.uploadId ?? "", content);
      const answer = await client.clientStream(rpcs.uploadContent, messages, tokens.editor);
      expectEqual(Number(answer.revision?.sizeBytes), content.length, "bytes of the revision");
    });
    await check("server streaming", async () => {
      const parts: Uint8Array[] = [];
      for await (const { message } of client.serverStream(
        rpcs.downloadContent,
        { documentId },
        tokens.reader,
      )) {
        if (message.case === "chunk") {
          parts.push(message.value.data);
        }
      }
      expectEqual(Buffer.concat(parts).equals(content), true, "same content");
    });
    await check("bidirectional streaming, turn by turn", async () => {
      const call = client.bidiStream(rpcs.syncDocuments, tokens.editor);
      const titles: string[] = [];
      const mutate = (title: string) => {
        const operation = { case: "create", value: { document: { title } } } as const;
        call.write({ message: { case: "mutation", value: { mutationId: randomUUID(), operation } } });
      };
      call.write({ message: { case: "start", value: { clientId: randomUUID() } } });
      for await (const { message } of call) {
        if (message.case === "heartbeat" && titles.length === 0) {
          mutate("first");
        } else if (message.case === "result" && message.value.outcome.case === "applied") {
          titles.push(message.value.outcome.value.title);
          titles.length === 1 ? mutate("second") : call.end();
        }
      }
      expectEqual(titles.join(), "first,second", "titles");
    });
    await check("NOT_FOUND", async () => {
      const error = await failureOf(
        client.unary(rpcs.getDocument, { documentId: randomUUID() }, tokens.editor),
      );
      expectEqual(error.code, status.NOT_FOUND, "code");
    });
    await check("INVALID_ARGUMENT, with details", async () => {
      const error = await failureOf(client.unary(rpcs.getDocument, { documentId: "no uuid" }, tokens.editor));
      expectEqual(error.code, status.INVALID_ARGUMENT, "code");
      const [details = Buffer.alloc(0)] = error.metadata.get("grpc-status-details-bin");
      expectText(details.toString("latin1"), "type.googleapis.com/buf.validate.Violations");
    });
    await check("PERMISSION_DENIED, with the scope that is missing", async () => {
      const request = { document: { title: "Not allowed" }, idempotencyKey: randomUUID() };
      const error = await failureOf(client.unary(rpcs.createDocument, request, tokens.reader));
      expectEqual(error.code, status.PERMISSION_DENIED, "code");
      expectText(challengeOf(error), 'scope="document:write"');
    });
    const unauthenticated: [string, () => Promise<unknown>][] = [
      ["unary", () => client.unary(rpcs.getDocument, { documentId })],
      ["server streaming", () => client.serverStream(rpcs.downloadContent, { documentId }).toArray()],
      ["client streaming", () => client.clientStream(rpcs.uploadContent, uploadOf(randomUUID(), content))],
      ["bidirectional streaming", () => client.bidiStream(rpcs.syncDocuments).toArray()],
    ];
    for (const [kind, call] of unauthenticated) {
      await check(`UNAUTHENTICATED with a challenge: ${kind}`, async () => {
        const error = await failureOf(call());
        expectEqual(error.code, status.UNAUTHENTICATED, "code");
        expectText(challengeOf(error), 'Bearer realm="wirehouse"');
      });
    }
    await check("DEADLINE_EXCEEDED in a stream without end", async () => {
      const options = { deadline: Date.now() + 1000 };
      const stream = client.serverStream(rpcs.watchDocuments, {}, tokens.reader, options);
      const cases: (string | undefined)[] = [];
      const error = await failureOf(
        stream.forEach(({ message }: { message: { case: string | undefined } }) => {
          cases.push(message.case);
        }),
      );
      expectEqual(error.code, status.DEADLINE_EXCEEDED, "code");
      expectEqual(cases[0], "heartbeat", "first message");
    });
    await check("cancelling", async () => {
      const stream = client.serverStream(rpcs.watchDocuments, {}, tokens.reader);
      const error = await failureOf(
        stream.forEach(() => {
          stream.cancel();
        }),
      );
      expectEqual(error.code, status.CANCELLED, "code");
    });
  } finally {
    client.close();
  }
}

function* uploadOf(
  uploadId: string,
  content: Uint8Array,
): Generator<MessageInitShape<typeof UploadContentRequestSchema>> {
  yield { message: { case: "start", value: { uploadId } } };
  for (let offset = 0; offset < content.length; offset += 65_536) {
    const data = content.subarray(offset, offset + 65_536);
    yield { message: { case: "chunk", value: { offset: BigInt(offset), data } } };
  }
  const value = createHash("sha256").update(content).digest();
  const digest = { algorithm: DigestAlgorithm.SHA256, value };
  yield { message: { case: "finish", value: { sizeBytes: BigInt(content.length), digest } } };
}

async function failureOf(call: Promise<unknown>): Promise<ServiceError> {
  try {
    await call;
  } catch (error) {
    return error as ServiceError;
  }
  throw new Error("the call succeeded");
}

function challengeOf({ metadata }: ServiceError): string {
  return metadata.get("www-authenticate").join();
}

function versionOfGrpcJs(): string {
  const manifest = join(import.meta.dirname, "node_modules/@grpc/grpc-js/package.json");
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}
