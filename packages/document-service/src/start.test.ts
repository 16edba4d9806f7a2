import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { DocumentService } from "@partner/document/service/v1";
import { eachStore, type TestStore } from "@partner/storage/testing";
import { createTokenSigner } from "@wirehouse/testkit";
import { expect, it, onTestFinished } from "vitest";
import { readConfig } from "./config.ts";
import { startDocumentService } from "./start.ts";
import { codeOf } from "./testing/code-of.ts";
import { addContent, addDocument, bytesOf, readContent } from "./testing/content.ts";
import { followDocuments } from "./testing/follow-documents.ts";

const signer = createTokenSigner();

/** Serves the key set of the signer, as an identity service does. */
async function startIssuer(): Promise<string> {
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "application/json").end(JSON.stringify(signer.keySet));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function start(store: TestStore, settings: Record<string, string> = {}) {
  const issuer = await startIssuer();
  const env = { PORT: "0", DOCUMENT_ISSUER: issuer, SHUTDOWN_GRACE_SECONDS: "20", ...settings };
  const config = { ...readConfig(env), databaseUrl: await store.url() };
  const service = await startDocumentService(config, () => undefined);
  onTestFinished(() => service.close());
  const clientOf = (token: string | undefined) =>
    createClient(
      DocumentService,
      createGrpcTransport({
        baseUrl: service.url,
        interceptors: [
          (next) => (request) => {
            if (token !== undefined) {
              request.header.set("authorization", `Bearer ${token}`);
            }
            return next(request);
          },
        ],
      }),
    );
  const tokenOf = (claims: object) => {
    const now = Math.floor(Date.now() / 1000);
    const standard = { iss: issuer, aud: "wirehouse", sub: randomUUID(), iat: now, exp: now + 300 };
    return signer.sign({ ...standard, jti: randomUUID(), ...claims });
  };
  const as = (partner: string, scope = "document:read document:write") =>
    clientOf(tokenOf({ partner, scope }));
  return { service, clientOf, tokenOf, as };
}

eachStore("the service", (store) => {
  it("serves whom a token lets in, and only what is of the token's partner", async () => {
    const { as, clientOf, tokenOf } = await start(store);
    const partner = randomUUID();
    const client = as(partner);
    const { documentId } = await addDocument(client);
    const data = bytesOf(2_000_000);
    await addContent(client, documentId, data);
    const { chunks } = await readContent(as(partner, "document:read"), { documentId });
    expect(Buffer.concat(chunks.map((chunk) => chunk.data)).equals(data)).toBe(true);
    expect(await codeOf(clientOf(undefined).getDocument({ documentId }))).toBe("Unauthenticated");
    expect(await codeOf(addDocument(as(partner, "document:read")))).toBe("PermissionDenied");
    expect(await codeOf(as(randomUUID()).getDocument({ documentId }))).toBe("NotFound");
    const nobody = clientOf(tokenOf({ scope: "document:read" }));
    expect(await codeOf(nobody.getDocument({ documentId }))).toBe("Unauthenticated");
    expect(await codeOf(client.getDocument({ documentId: "no uuid" }))).toBe("InvalidArgument");
  });

  it("takes a token that ended as long ago as clocks may differ", async () => {
    const ended = { partner: randomUUID(), scope: "document:read", exp: Math.floor(Date.now() / 1000) - 10 };
    const outcome = async (seconds: string) => {
      const { clientOf, tokenOf } = await start(store, { CLOCK_TOLERANCE_SECONDS: seconds });
      return await codeOf(clientOf(tokenOf(ended)).getDocument({ documentId: randomUUID() }));
    };
    expect([await outcome("60"), await outcome("0")]).toEqual(["NotFound", "Unauthenticated"]);
  });

  it("keeps a client's copy in step, and tells watchers to go elsewhere when it closes", async () => {
    const { as, service } = await start(store);
    const client = as(randomUUID());
    const { documentId } = await addDocument(client, { title: "Before" });
    const titles = new Map<string, string | undefined>();
    let seen = Promise.withResolvers<void>();
    const following = followDocuments(client, (id, document) => {
      titles.set(id, document?.title);
      seen.resolve();
      return true;
    });
    await seen.promise;
    expect(titles.get(documentId)).toBe("Before");
    seen = Promise.withResolvers<void>();
    await client.updateDocument({ document: { documentId, title: "After" } });
    await seen.promise;
    expect(titles.get(documentId)).toBe("After");
    const [code] = await Promise.all([codeOf(following), service.close()]);
    expect(code).toBe("Unavailable");
  });
});
