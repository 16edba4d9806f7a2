import { hkdfSync } from "node:crypto";
import { createServer as createTcpServer } from "node:net";
import { setTimeout } from "node:timers/promises";
import { createRouterTransport } from "@connectrpc/connect";
import { revocationFeed } from "@partner/revocations";
import { type Log, makeFolderOf, type Running, repeat, serverParts } from "@partner/service-kit";
import { openDatabase } from "@partner/storage";
import { jwtGate, remoteKeySet } from "@wirehouse/interceptors/auth/server";
import { createAddressFinder } from "@wirehouse/interceptors/real-ip";
import { serverValidate } from "@wirehouse/interceptors/validate";
import { file_wirehouse_server_v1_policies } from "@wirehouse/proto-server/v1";
import { createServer, type HttpRouteInfo } from "@wirehouse/server";
import type { IdentityConfig } from "./config.ts";
import { createIds } from "./crypto/ids.ts";
import { createScryptHasher } from "./crypto/scrypt-hasher.ts";
import { makeFirstOperator } from "./domain/bootstrap.ts";
import { removeOutdated } from "./domain/housekeeping.ts";
import type { SecretHasher } from "./domain/ports.ts";
import { type IdentityClaims, readIdentityClaims } from "./rpc/caller.ts";
import { createRevocationNews } from "./rpc/revocation-news.ts";
import { identityRoutes } from "./rpc/routes.ts";
import { createSealedTokens } from "./rpc/sealed-tokens.ts";
import { createIdentityStore, revocationsChannel } from "./store/identity-store.ts";
import { migrations } from "./store/migrations/index.ts";
import type { IdentitySchema } from "./store/schema.ts";
import { createTokenSide } from "./token-side.ts";

const keepUpEveryMs = 10_000;
const housekeepingEveryMs = 3_600_000;

/** What can be put in the place of the real thing. */
export interface IdentityServiceDeps {
  /** Default: `createScryptHasher` as OWASP recommends, which takes a tenth of a second of CPU each time. */
  readonly hasher?: SecretHasher;
}

/** Starts the service; resolves when it listens. Throws `StorageError`, `ServerError`, `IdentityError`. */
export async function startIdentityService(
  config: IdentityConfig,
  log: Log,
  deps: IdentityServiceDeps = {},
): Promise<Running> {
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
    const hasher = deps.hasher ?? createScryptHasher();
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
    const addressOf = createAddressFinder(config);
    const tokenSide = createTokenSide({
      ...domain,
      hasher,
      encryptionKeys: config.keyEncryptionKeys,
      policy: { issuer, audiences, accessTokenMs, refreshTokenMs, refreshGraceMs },
      algorithm: config.signingAlgorithm,
      addressOf: (request, { peer }) => addressOf(peer.socket.remoteAddress ?? "", request.headers),
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
      httpRoutes: tokenSide.httpRoutes,
      ...serverParts(config, { log, pingDatabase: () => db.ping(), validate: serverValidate() }),
    });

    const jobs = [
      { name: "signing keys", everyMs: keepUpEveryMs, work: () => tokenSide.keepKeys() },
      {
        name: "housekeeping",
        everyMs: housekeepingEveryMs,
        work: () => removeOutdated(domain, config.logRetention),
      },
    ].map((job) => repeat(job, ended.signal, log));
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
}

/** Page tokens and cursors must be good on all replicas, so their key comes from the one that all have. */
function cursorKey([key]: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", key as Uint8Array, "", "identity-service/cursors", 32));
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
