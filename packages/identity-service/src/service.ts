import { hkdfSync } from "node:crypto";
import { mkdirSync } from "node:fs";
import { createServer as createTcpServer } from "node:net";
import { dirname } from "node:path";
import { setTimeout } from "node:timers/promises";
import { createRouterTransport } from "@connectrpc/connect";
import { revocationFeed } from "@partner/revocations";
import { openDatabase } from "@partner/storage";
import { jwtGate, remoteKeySet } from "@wirehouse/interceptors/auth/server";
import { logging } from "@wirehouse/interceptors/logging";
import { serverValidate } from "@wirehouse/interceptors/validate";
import { file_wirehouse_server_v1_policies } from "@wirehouse/proto-server/v1";
import { createServer, type HttpRouteInfo } from "@wirehouse/server";
import type { IdentityConfig } from "./config.ts";
import { createIds } from "./crypto/ids.ts";
import { createScryptHasher } from "./crypto/scrypt-hasher.ts";
import { makeFirstOperator } from "./domain/bootstrap.ts";
import { removeOutdated } from "./domain/housekeeping.ts";
import { type IdentityClaims, readIdentityClaims } from "./rpc/caller.ts";
import { createRevocationNews } from "./rpc/revocation-news.ts";
import { identityRoutes } from "./rpc/routes.ts";
import { createSealedTokens } from "./rpc/sealed-tokens.ts";
import { createIdentityStore, revocationsChannel } from "./store/identity-store.ts";
import { migrations } from "./store/migrations/index.ts";
import type { IdentitySchema } from "./store/schema.ts";
import { createTokenSide } from "./token-side.ts";

/** Writes a line of a log. */
export type Log = (level: "debug" | "info" | "warn" | "error", message: string, fields?: object) => void;

/** A running service. */
export interface IdentityService {
  readonly url: string;
  /** Undefined when it is off. */
  readonly diagnosticsUrl: string | undefined;
  /** Lets calls finish, within the grace period, then closes the database. */
  close(): Promise<void>;
}

const keepUpEveryMs = 10_000;
const housekeepingEveryMs = 3_600_000;

/** Starts the service; resolves when it listens. Throws `StorageError`, `ServerError`, `IdentityError`. */
export async function startIdentityService(config: IdentityConfig, log: Log): Promise<IdentityService> {
  const now = Date.now;
  const ids = createIds(now);
  makeFolderOf(config.databaseUrl);
  const db = await openDatabase<IdentitySchema>({
    url: config.databaseUrl,
    migrations,
    applicationName: "identity-service",
    onEvent: (event) => log(event.kind === "migrated" ? "info" : "warn", `database: ${event.kind}`),
  });
  const draining = new AbortController();
  const ended = new AbortController();
  try {
    const store = createIdentityStore(db, ids);
    const hasher = createScryptHasher();
    const domain = { store, ids, now };
    if (
      config.bootstrap !== undefined &&
      (await makeFirstOperator({ ...domain, hasher }, config.bootstrap))
    ) {
      log("info", "made the partner platform with its first operator", {
        username: config.bootstrap.username,
      });
    }

    // Tokens and metadata name the issuer's URL, so the port has to be known before there is a server.
    const port = config.port === 0 ? await findFreePort(config.host) : config.port;
    const issuer =
      config.issuer ?? `${config.tls === undefined ? "http" : "https"}://${urlHost(config.host)}:${port}`;
    const { audiences, accessTokenMs, refreshTokenMs, refreshGraceMs } = config;
    const tokenSide = createTokenSide({
      ...domain,
      hasher,
      encryptionKeys: config.keyEncryptionKeys,
      policy: { issuer, audiences, accessTokenMs, refreshTokenMs, refreshGraceMs },
      algorithm: config.signingAlgorithm,
    });
    await tokenSide.keepKeys();
    const routes = identityRoutes({
      ...domain,
      hasher,
      signingKeys: tokenSide.signingKeys,
      draining: draining.signal,
      monotonicNow: () => performance.now(),
      tokens: createSealedTokens(cursorKey(config.keyEncryptionKeys), now),
      news: createRevocationNews({
        lastSequence: () => store.read((tx) => tx.revocations.lastSequence()),
        onWake: (listener) => db.onWake(revocationsChannel, listener),
        sleep: (ms, signal) => setTimeout(ms, undefined, { signal }),
      }),
    });
    const feed = revocationFeed({
      transport: createRouterTransport(routes),
      identify: ({ subject, issuedAtMs, claims }) => ({
        ...(claims as IdentityClaims),
        accountId: subject,
        issuedAtMs,
      }),
      onEvent: (event) => {
        if (event.kind === "broken" && !draining.signal.aborted) {
          log("warn", "revocations cannot be followed", { cause: String(event.cause) });
        }
      },
    });
    const keySetRoute = tokenSide.httpRoutes.find(({ path }) => path === "/.well-known/jwks.json");
    const gate = jwtGate({
      issuer,
      audience: audiences,
      // Both: tokens of before a change of the setting stay good. The key says which of them it is for.
      algorithms: ["ES256", "RS256"],
      clockToleranceMs: config.clockToleranceMs,
      keys: remoteKeySet({
        url: `${issuer}/.well-known/jwks.json`,
        // It is this very process: no need to go through the network, nor to wait for it to listen.
        allowCleartext: true,
        fetch: async (input) =>
          (await keySetRoute?.handle(new Request(input as string), {} as HttpRouteInfo)) ?? Response.error(),
        cooldownMs: 1000,
        cacheMaxAgeMs: 30_000,
      }),
      claims: readIdentityClaims,
      policies: [file_wirehouse_server_v1_policies],
      revoked: feed,
    });
    const server = createServer({
      routes,
      auth: gate,
      interceptors: [
        logging({ side: "server", log: ({ level, message, ...fields }) => log(level, message, fields) }),
        serverValidate(),
      ],
      httpRoutes: tokenSide.httpRoutes,
      // Often: balancers send calls elsewhere, and back, as fast as this is noticed.
      health: { dependencies: [{ name: "database", check: () => db.ping(), intervalMs: 2_000 }] },
      reflection: true,
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

    const jobs = [
      repeat(keepUpEveryMs, "signing keys", () => tokenSide.keepKeys()),
      repeat(housekeepingEveryMs, "housekeeping", () => removeOutdated(domain, config.logRetention)),
    ];
    let closing: Promise<void> | undefined;
    const close = async (): Promise<void> => {
      // Watchers go elsewhere at once, instead of holding the server for all of its grace.
      draining.abort();
      await server.close({ grace: config.shutdownGraceMs });
      ended.abort();
      await Promise.all([feed.close(), ...jobs]);
      await db.close();
    };
    try {
      await feed.ready;
      const { url } = await server.listen({ host: config.host, port });
      return { url, diagnosticsUrl: server.diagnosticsUrl, close: () => (closing ??= close()) };
    } catch (error) {
      ended.abort();
      await Promise.all([feed.close(), ...jobs]);
      throw error;
    }
  } catch (error) {
    await db.close();
    throw error;
  }

  async function repeat(ms: number, what: string, work: () => Promise<unknown>): Promise<void> {
    while (!ended.signal.aborted) {
      await setTimeout(ms, undefined, { signal: ended.signal }).catch(() => undefined);
      if (!ended.signal.aborted) {
        await work().catch((cause: unknown) =>
          log("warn", `${what}: failed, and is tried again`, { cause: String(cause) }),
        );
      }
    }
  }
}

/** Page tokens and cursors must be good on all replicas, so their key comes from the one that all have. */
function cursorKey([key]: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", key as Uint8Array, "", "identity-service/cursors", 32));
}

function makeFolderOf(databaseUrl: string): void {
  const file = /^sqlite:(?!:)(.+)$/.exec(databaseUrl)?.[1];
  if (file !== undefined) {
    mkdirSync(dirname(file), { recursive: true });
  }
}

function urlHost(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

async function findFreePort(host: string): Promise<number> {
  const probe = createTcpServer();
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  probe.once("error", reject);
  probe.listen(0, host, () => {
    const address = probe.address();
    probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
  });
  return await promise;
}
