import type { Database } from "@partner/storage";
import type { TestStore } from "@partner/storage/testing";
import { createServer } from "@wirehouse/server";
import { createTestClock, type TestClock } from "@wirehouse/testkit";
import { createIds } from "../crypto/ids.ts";
import { createScryptHasher } from "../crypto/scrypt-hasher.ts";
import type { Partner, SecretKind, ServiceAccount } from "../domain/model.ts";
import type { Ids } from "../domain/ports.ts";
import type { IdentityStore } from "../domain/store.ts";
import { createIdentityStore } from "../store/identity-store.ts";
import { migrations } from "../store/migrations/index.ts";
import type { IdentitySchema } from "../store/schema.ts";
import { createTokenSide, type TokenSide } from "../token-side.ts";

/** The HTTP side on a real server, with an account `nightly` that has a password and a client secret. */
export interface TokenFixture {
  readonly url: string;
  readonly db: Database<IdentitySchema>;
  readonly store: IdentityStore;
  readonly ids: Ids;
  readonly clock: TestClock;
  readonly side: TokenSide;
  readonly account: ServiceAccount;
  readonly password: string;
  readonly clientSecret: string;
  /** The same service once more, on the same database. */
  replica(options?: { algorithm: "ES256" | "RS256" }): Promise<{ url: string; side: TokenSide }>;
  close(): Promise<void>;
}

export const issuer = "https://identity.test";
export const accessTokenMs = 10_000;
export const refreshGraceMs = 10_000;
export const publishAheadMs = 600_000;
export const rotationMs = 86_400_000;

export async function startTokens(stores: TestStore): Promise<TokenFixture> {
  const clock = createTestClock({ wallStart: Math.floor(Date.now() / 1000) * 1000 });
  const url = await stores.url();
  const ids = createIds(clock.wallNow);
  // The parameters are tested apart: these are for speed.
  const hasher = createScryptHasher({ logN: 4 });
  const closers: (() => Promise<unknown>)[] = [];

  const start = async (options: { algorithm?: "ES256" | "RS256" } = {}) => {
    const db = await stores.open<IdentitySchema>({ url, migrations });
    const store = createIdentityStore(db, ids);
    const side = createTokenSide({
      store,
      ids,
      now: clock.wallNow,
      hasher,
      encryptionKeys: [new Uint8Array(32).fill(9)],
      policy: { issuer, audiences: ["wirehouse"], accessTokenMs, refreshTokenMs: 3_600_000, refreshGraceMs },
      publishAheadMs,
      rotationMs,
      ...options,
    });
    await side.keepKeys();
    const server = createServer({
      routes: () => undefined,
      auth: { insecure: true },
      health: false,
      diagnostics: false,
      httpRoutes: side.httpRoutes,
    });
    const address = await server.listen({ port: 0 });
    closers.push(() => server.close({ grace: 0 }));
    return { db, store, side, url: address.url };
  };

  const first = await start();
  const at = clock.wallNow();
  const partner: Partner = {
    partnerId: ids.uuid(),
    slug: "acme",
    displayName: "Acme",
    contactEmail: "",
    state: "active",
    etag: ids.etag(),
    createdAt: at,
    updatedAt: at,
  };
  const account: ServiceAccount = {
    accountId: ids.uuid(),
    partnerId: partner.partnerId,
    username: "nightly",
    displayName: "",
    scopes: ["document:read", "document:write"],
    state: "active",
    lockExpireAt: undefined,
    lastSignInAt: undefined,
    etag: ids.etag(),
    createdAt: at,
    updatedAt: at,
  };
  const password = ids.secretValue();
  const clientSecret = ids.secretValue();
  const secret = async (kind: SecretKind, value: string) => ({
    secretId: ids.uuid(),
    accountId: account.accountId,
    partnerId: partner.partnerId,
    kind,
    displayName: "",
    createdAt: at,
    expireAt: undefined,
    lastUseAt: undefined,
    revokedAt: undefined,
    hash: await hasher.hash(value, account.accountId),
  });
  const secrets = [await secret("password", password), await secret("client_secret", clientSecret)];
  await first.store.write(async (tx) => {
    await tx.partners.insert(partner);
    await tx.accounts.insert(account);
    for (const each of secrets) {
      await tx.secrets.insert(each);
    }
  });
  return {
    ...first,
    ids,
    clock,
    account,
    password,
    clientSecret,
    replica: start,
    close: async () => void (await Promise.all(closers.map((close) => close()))),
  };
}
