import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout } from "node:timers/promises";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { type RevocationFeed, revocationFeed } from "@partner/revocations";
import { openDatabase } from "@partner/storage";
import { bearerAuth, clientCredentialsTokenSource } from "@wirehouse/interceptors/auth";
import { jwtGate, remoteKeySet } from "@wirehouse/interceptors/auth/server";
import { logging } from "@wirehouse/interceptors/logging";
import { file_wirehouse_server_v1_policies } from "@wirehouse/proto-server/v1";
import { createServer } from "@wirehouse/server";
import type { DocumentConfig } from "./config.ts";
import { sizes } from "./domain/limits.ts";
import { callerOfPrincipal, readClaims } from "./rpc/principal-caller.ts";
import { createDocumentService } from "./service.ts";
import { migrations } from "./store/migrations/index.ts";
import type { Schema } from "./store/schema.ts";

/** Writes a line of a log. */
export type Log = (level: "debug" | "info" | "warn" | "error", message: string, fields?: object) => void;

/** A running service. */
export interface RunningService {
  readonly url: string;
  /** Undefined when it is off. */
  readonly diagnosticsUrl: string | undefined;
  /** Lets calls finish, within the grace period, then closes the database. */
  close(): Promise<void>;
}

const retentionEveryMs = 600_000;

/** Content is sent as it is: to compress it costs more than all else in a download, and most kinds of it do not get smaller. */
const compressMinBytes = 2 * sizes.sentChunk;

/** Starts the service; resolves when it listens. Throws `StorageError`, `ServerError`, `InterceptorError`. */
export async function startDocumentService(config: DocumentConfig, log: Log): Promise<RunningService> {
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
      interceptors: [
        logging({ side: "server", log: ({ level, message, ...fields }) => log(level, message, fields) }),
      ],
      // Often: balancers send calls elsewhere, and back, as fast as this is noticed.
      health: { dependencies: [{ name: "database", check: () => db.ping(), intervalMs: 2_000 }] },
      reflection: true,
      compressMinBytes,
      ...(config.diagnosticsPort === undefined
        ? {}
        : {
            diagnostics: {
              host: config.diagnosticsHost,
              port: config.diagnosticsPort,
              // To set the variable is to mean it.
              allowNonLoopback: true,
            },
          }),
      ...(config.tls === undefined ? {} : { tls: config.tls }),
      ...(config.corsOrigins.length === 0 ? {} : { cors: { origins: config.corsOrigins } }),
      onError: (event) => log("error", "server error", { event }),
    });
    // Streams that follow changes have no end of their own: without this they would use up the whole grace period.
    server.draining.addEventListener("abort", () => service.drain(), { once: true });

    const retention = repeat(async () => {
      const { purgedDocuments, expiredUploads } = await service.retain(ended.signal);
      if (purgedDocuments + expiredUploads > 0) {
        log("info", "retention", { purgedDocuments, expiredUploads });
      }
    });
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

  async function repeat(work: () => Promise<void>): Promise<void> {
    while (!ended.signal.aborted) {
      await work().catch((cause: unknown) =>
        log("warn", "retention failed, and is tried again", { cause: String(cause) }),
      );
      await setTimeout(retentionEveryMs, undefined, { signal: ended.signal }).catch(() => undefined);
    }
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

function makeFolderOf(databaseUrl: string): void {
  const file = /^sqlite:(?!:)(.+)$/.exec(databaseUrl)?.[1];
  if (file !== undefined) {
    mkdirSync(dirname(file), { recursive: true });
  }
}
