// The real services on databases in memory, with tokens that live two seconds, and the page in front of them.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Client, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { DocumentService } from "@partner/document/service/v1";
import * as documentService from "@partner/document-service";
import { IdentityService } from "@partner/identity/service/v1";
import { SecretKind } from "@partner/identity/v1";
import * as identityService from "@partner/identity-service";
import { bearerAuth, passwordTokenSource } from "@wirehouse/interceptors/auth";
import { startWeb } from "../src/serve.ts";

/** Everything that the page needs, running. */
export interface Stack {
  readonly url: string;
  /** The account to sign in with at the page. */
  readonly username: string;
  readonly password: string;
  /** Another account of the same partner, over gRPC. */
  readonly other: Client<typeof DocumentService>;
  readonly admin: Client<typeof IdentityService>;
  readonly accountId: string;
  /** Stops the document service, and starts it again on the same port and database. */
  restartDocuments(whileDown: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

const operator = { username: "operator", password: "correct horse battery staple" };
const quiet = (): void => undefined;

/** Starts the stack. `folder` is for the documents' database. */
export async function startStack(folder: string): Promise<Stack> {
  // Services are told the origin of the page, and the page is told the services' URLs: one has to be known before.
  const webPort = await findFreePort();
  const origin = `http://127.0.0.1:${webPort}`;
  const common = { PORT: "0", CORS_ORIGINS: origin, SHUTDOWN_GRACE_SECONDS: "0" };
  const identity = await identityService.startIdentityService(
    identityService.readConfig(
      {
        ...common,
        DATABASE_URL: "sqlite::memory:",
        IDENTITY_ACCESS_TOKEN_SECONDS: "2",
        IDENTITY_BOOTSTRAP_USERNAME: operator.username,
        IDENTITY_BOOTSTRAP_SECRET: operator.password,
      },
      quiet,
    ),
    quiet,
  );
  const documentConfig = documentService.readConfig({
    ...common,
    DATABASE_URL: `sqlite:${folder}/documents.db`,
    DOCUMENT_ISSUER: identity.url,
  });
  let documents = await documentService.startDocumentService(documentConfig, quiet);
  const web = await startWeb({ identityUrl: identity.url, documentUrl: documents.url, port: webPort });

  const transportTo = (baseUrl: string) => {
    const tokens = passwordTokenSource({ ...operator, endpoint: `${identity.url}/token` });
    return createGrpcTransport({ baseUrl, interceptors: [bearerAuth({ tokens })] });
  };
  const admin = createClient(IdentityService, transportTo(identity.url));
  const { serviceAccount } = await admin.createServiceAccount({
    serviceAccount: {
      username: "ada",
      displayName: "Ada Lovelace",
      scopes: ["document:read", "document:write"],
    },
    idempotencyKey: crypto.randomUUID(),
  });
  const { serviceAccountId = "" } = serviceAccount ?? {};
  const { value = "" } = await admin.createSecret({
    secret: { serviceAccountId, kind: SecretKind.PASSWORD },
    idempotencyKey: crypto.randomUUID(),
  });
  return {
    url: web.url,
    username: "ada",
    password: value,
    accountId: serviceAccountId,
    admin,
    other: createClient(DocumentService, transportTo(documents.url)),
    async restartDocuments(whileDown) {
      const port = Number(new URL(documents.url).port);
      await documents.close();
      await whileDown();
      documents = await documentService.startDocumentService({ ...documentConfig, port }, quiet);
    },
    async close() {
      await Promise.all([web.close(), documents.close()]);
      await identity.close();
    },
  };
}

async function findFreePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
