import { createGrpcTransport } from "@connectrpc/connect-node";
import { type RevocationFeed, revocationFeed } from "@partner/revocations";
import { type Log, makeFolderOf, type Running, repeat, serverParts } from "@partner/service-kit";
import { openDatabase } from "@partner/storage";
import { bearerAuth, clientCredentialsTokenSource } from "@wirehouse/interceptors/auth";
import { jwtGate, remoteKeySet } from "@wirehouse/interceptors/auth/server";
import { file_wirehouse_server_v1_policies } from "@wirehouse/proto-server/v1";
import { createServer } from "@wirehouse/server";
import type { DocumentConfig } from "./config.ts";
import { sizes } from "./domain/limits.ts";
import { callerOfPrincipal, readClaims } from "./rpc/principal-caller.ts";
import { createDocumentService } from "./service.ts";
import { migrations } from "./store/migrations/index.ts";
import type { Schema } from "./store/schema.ts";

const retentionEveryMs = 600_000;

/** Content is sent as it is: to compress it costs more than all else in a download, and most kinds of it do not get smaller. */
const compressMinBytes = 2 * sizes.sentChunk;

/** Starts the service; resolves when it listens. Throws `StorageError`, `ServerError`, `InterceptorError`. */
export async function startDocumentService(config: DocumentConfig, log: Log): Promise<Running> {
  makeFolderOf(config.databaseUrl);
  const db = await openDatabase<Schema>({
    url: config.databaseUrl,
    migrations,
    applicationName: "document-service",
    onEvent: (event) => log(event.kind === "migrated" ? "info" : "warn", `database: ${event.kind}`),
  });
  const ended = new AbortController();
  let feed: RevocationFeed | undefined;
  try {
    const service = createDocumentService({ db, callerOf: callerOfPrincipal, quota: config.quota });
    feed = followRevocations(config, log);
    const gate = jwtGate({
      issuer: config.issuer,
      audience: config.audiences,
      algorithms: ["ES256", "RS256"],
      clockToleranceMs: config.clockToleranceMs,
      keys: remoteKeySet({
        url: config.jwksUrl,
        allowCleartext: config.allowCleartext,
        onError: (cause) => log("warn", "the issuer's keys cannot be read", { cause: String(cause) }),
      }),
      claims: readClaims,
      policies: [file_wirehouse_server_v1_policies],
      ...(feed === undefined ? {} : { revoked: feed }),
    });
    const server = createServer({
      routes: service.routes,
      auth: gate,
      ...serverParts(config, { log, pingDatabase: () => db.ping() }),
      compressMinBytes,
    });
    // Streams that follow changes have no end of their own: without this they would use up the whole grace period.
    server.draining.addEventListener("abort", () => service.drain(), { once: true });

    const retain = async () => {
      const { purgedDocuments, expiredUploads } = await service.retain(ended.signal);
      if (purgedDocuments + expiredUploads > 0) {
        log("info", "retention", { purgedDocuments, expiredUploads });
      }
    };
    const retention = repeat(
      { name: "retention", everyMs: retentionEveryMs, atOnce: true, work: retain },
      ended.signal,
      log,
    );
    let closing: Promise<void> | undefined;
    const close = async (): Promise<void> => {
      await server.close({ grace: config.shutdownGraceMs });
      ended.abort();
      service.close();
      await Promise.all([feed?.close(), retention]);
      await db.close();
    };
    try {
      await feed?.ready;
      const { url } = await server.listen({ host: config.host, port: config.port });
      return { url, diagnosticsUrl: server.diagnosticsUrl, close: () => (closing ??= close()) };
    } catch (error) {
      ended.abort();
      service.close();
      await retention;
      throw error;
    }
  } catch (error) {
    await feed?.close();
    await db.close();
    throw error;
  }
}

/** Learns from the identity service which tokens were taken back, if there is an account to ask it with. */
function followRevocations(config: DocumentConfig, log: Log): RevocationFeed | undefined {
  if (config.identityClient === undefined) {
    log("warn", "revocations are not followed: DOCUMENT_IDENTITY_USERNAME is not set");
    return undefined;
  }
  const tokens = clientCredentialsTokenSource({
    endpoint: `${config.issuer}/oauth2/token`,
    client: config.identityClient,
    allowCleartext: config.allowCleartext,
  });
  const transport = createGrpcTransport({
    baseUrl: config.issuer,
    interceptors: [bearerAuth({ tokens, origins: [config.issuer], allowCleartext: config.allowCleartext })],
  });
  return revocationFeed({
    transport,
    onEvent: (event) => {
      if (event.kind === "broken") {
        log("warn", "revocations cannot be followed", { cause: String(event.cause) });
      }
    },
  });
}
