import { randomUUID } from "node:crypto";
import { Code, ConnectError, createClient, type Interceptor } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { DocumentService } from "@partner/document/service/v1";
import * as documentService from "@partner/document-service";
import { IdentityService } from "@partner/identity/service/v1";
import { SecretKind } from "@partner/identity/v1";
import * as identityService from "@partner/identity-service";
import { eachStore, type TestStore } from "@partner/storage/testing";
import { expect, onTestFinished, test } from "vitest";

const operator = { username: "operator", secret: "correct horse battery" };
const quiet = () => undefined;

async function startBoth(stores: TestStore) {
  const identityConfig = identityService.readConfig(
    {
      PORT: "0",
      DATABASE_URL: await stores.url(),
      IDENTITY_BOOTSTRAP_USERNAME: operator.username,
      IDENTITY_BOOTSTRAP_SECRET: operator.secret,
      SHUTDOWN_GRACE_SECONDS: "1",
    },
    quiet,
  );
  const identity = await identityService.startIdentityService(identityConfig, quiet);
  onTestFinished(() => identity.close());
  const documentConfig = documentService.readConfig({
    PORT: "0",
    DATABASE_URL: await stores.url(),
    DOCUMENT_ISSUER: identity.url,
    DOCUMENT_IDENTITY_USERNAME: operator.username,
    DOCUMENT_IDENTITY_SECRET: operator.secret,
    SHUTDOWN_GRACE_SECONDS: "1",
  });
  const documents = await documentService.startDocumentService(documentConfig, quiet);
  onTestFinished(() => documents.close());
  return { identity, documents };
}

const bearing = (baseUrl: string, token: string) => {
  const authorize: Interceptor = (next) => (request) => {
    request.header.set("authorization", `Bearer ${token}`);
    return next(request);
  };
  return createGrpcTransport({ baseUrl, interceptors: [authorize] });
};

async function signIn(url: string, username: string, password: string): Promise<string> {
  const response = await fetch(`${url}/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username, password }),
  });
  return ((await response.json()) as { token: string }).token;
}

eachStore("both services", (stores) => {
  test("RevokeTokens ends an open WatchDocuments within a second, and each call after it is refused", async () => {
    const { identity, documents } = await startBoth(stores);
    const asOperator = await signIn(identity.url, operator.username, operator.secret);
    const admin = createClient(IdentityService, bearing(identity.url, asOperator));
    const { serviceAccount } = await admin.createServiceAccount({
      serviceAccount: { username: "reader", scopes: ["document:read"] },
      idempotencyKey: randomUUID(),
    });
    const serviceAccountId = serviceAccount?.serviceAccountId ?? "";
    const { value = "" } = await admin.createSecret({
      secret: { serviceAccountId, kind: SecretKind.PASSWORD },
      idempotencyKey: randomUUID(),
    });

    for (const kind of ["tokenId", "sessionId", "serviceAccountId"] as const) {
      const token = await signIn(identity.url, "reader", value);
      const { jti, sid } = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as {
        jti: string;
        sid: string;
      };
      const reader = createClient(DocumentService, bearing(documents.url, token));
      const stream = reader.watchDocuments({})[Symbol.asyncIterator]();
      expect((await stream.next()).value?.message.case, kind).toBe("heartbeat");
      const ended = stream.next().then(() => undefined, ConnectError.from);

      const revokedAt = performance.now();
      await admin.revokeTokens({
        target: { case: kind, value: { tokenId: jti, sessionId: sid, serviceAccountId }[kind] },
        idempotencyKey: randomUUID(),
      });
      expect((await ended)?.code, kind).toBe(Code.Unauthenticated);
      expect(performance.now() - revokedAt, kind).toBeLessThan(1000);
      const refused = await reader.listDocuments({}).then(() => undefined, ConnectError.from);
      expect(refused?.code, kind).toBe(Code.Unauthenticated);
    }

    // Nobody else is concerned: the operator's token is good, and the reader may sign in again.
    const bystander = createClient(DocumentService, bearing(documents.url, asOperator));
    await bystander.listDocuments({});
    const again = await signIn(identity.url, "reader", value);
    await createClient(DocumentService, bearing(documents.url, again)).listDocuments({});
  });
});
