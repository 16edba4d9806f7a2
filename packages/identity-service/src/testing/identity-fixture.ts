import { randomUUID } from "node:crypto";
import { fromBinary } from "@bufbuild/protobuf";
import { type Client, createClient, createRouterTransport } from "@connectrpc/connect";
import { IdentityService } from "@partner/identity/service/v1";
import { type IdentityEvent, IdentityEventSchema } from "@partner/identity/v1";
import type { Database } from "@partner/storage";
import type { TestStore } from "@partner/storage/testing";
import { serverValidate } from "@wirehouse/interceptors/validate";
import { createTestClock, type TestClock } from "@wirehouse/testkit";
import { createIds } from "../crypto/ids.ts";
import { createScryptHasher } from "../crypto/scrypt-hasher.ts";
import type { Caller } from "../domain/caller.ts";
import type { Partner, ServiceAccount, TokenRecord } from "../domain/model.ts";
import type { Ids } from "../domain/ports.ts";
import type { IdentityStore } from "../domain/store.ts";
import { createRevocationNews } from "../rpc/revocation-news.ts";
import { identityRoutes } from "../rpc/routes.ts";
import { createSealedTokens } from "../rpc/sealed-tokens.ts";
import { createIdentityStore, revocationsChannel } from "../store/identity-store.ts";
import { migrations } from "../store/migrations/index.ts";
import type { IdentitySchema } from "../store/schema.ts";
import { createTokenSide } from "../token-side.ts";

export type IdentityClient = Client<typeof IdentityService>;

/** A partner with an account, and a client that calls as that account. */
export interface Member {
  readonly partner: Partner;
  readonly account: ServiceAccount;
  readonly caller: Caller;
  readonly client: IdentityClient;
}

export interface IdentityFixture {
  readonly db: Database<IdentitySchema>;
  readonly store: IdentityStore;
  readonly ids: Ids;
  readonly clock: TestClock;
  /** Aborted, the server begins to close. */
  readonly draining: AbortController;
  /** The RPCs, called by whoever is given. */
  as(caller: Caller): IdentityClient;
  transportAs(caller: Caller): ReturnType<typeof createRouterTransport>;
  /** A new partner with one account. */
  join(slug: string, scopes?: readonly string[]): Promise<Member>;
  /** A session with an access and a refresh token, as a sign-in would leave it. */
  signIn(account: ServiceAccount, secretId?: string): Promise<{ access: TokenRecord; refresh: TokenRecord }>;
  /** The outbox of a partner. */
  events(partnerId: string): Promise<readonly IdentityEvent[]>;
}

export const memberScopes = ["identity:read", "identity:write", "identity:revocation:watch"];
export const operatorScopes = [...memberScopes, "platform:operate"];
/** How long the tokens of `signIn` live. */
export const accessTokenMs = 600_000;
export const refreshTokenMs = 86_400_000;

/** The RPCs on a new database, or on one that another replica has open. */
export async function startIdentity(
  stores: TestStore,
  options: { url?: string; clock?: TestClock } = {},
): Promise<IdentityFixture> {
  // Rules such as `expire_time > now` are judged by the real clock.
  const clock = options.clock ?? createTestClock({ wallStart: Math.floor(Date.now() / 1000) * 1000 });
  const { url } = options;
  const db = await stores.open<IdentitySchema>({ migrations, ...(url === undefined ? {} : { url }) });
  const ids = createIds(clock.wallNow);
  const store = createIdentityStore(db, ids);
  // As the service has it, but cheap: what a hash costs is tested where it is made.
  const hasher = createScryptHasher({ logN: 4 });
  const tokenSide = createTokenSide({
    store,
    ids,
    now: clock.wallNow,
    hasher,
    encryptionKeys: [new Uint8Array(32).fill(1)],
    policy: {
      issuer: "https://id.test",
      audiences: ["https://api.test"],
      accessTokenMs,
      refreshTokenMs,
      refreshGraceMs: 10_000,
    },
  });
  const draining = new AbortController();
  const routes = {
    store,
    ids,
    now: clock.wallNow,
    monotonicNow: clock.now,
    draining: draining.signal,
    hasher,
    signingKeys: tokenSide.signingKeys,
    tokens: createSealedTokens(new Uint8Array(32).fill(7), clock.wallNow),
    news: createRevocationNews({
      lastSequence: () => store.read((tx) => tx.revocations.lastSequence()),
      onWake: (listener) => db.onWake(revocationsChannel, listener),
      sleep: clock.sleep,
    }),
  };
  const transportAs = (caller: Caller) =>
    createRouterTransport(identityRoutes({ ...routes, callerOf: () => caller }), {
      router: { interceptors: [serverValidate({ responses: true })] },
    });
  const as = (caller: Caller) => createClient(IdentityService, transportAs(caller));

  return {
    db,
    store,
    ids,
    clock,
    draining,
    as,
    transportAs,
    async join(slug, scopes = memberScopes) {
      const at = clock.wallNow();
      const partner: Partner = {
        partnerId: ids.uuid(),
        slug,
        displayName: slug,
        contactEmail: "",
        state: "active",
        etag: ids.etag(),
        createdAt: at,
        updatedAt: at,
      };
      const account: ServiceAccount = {
        accountId: ids.uuid(),
        partnerId: partner.partnerId,
        username: `${slug}-admin`,
        displayName: "",
        scopes,
        state: "active",
        lockExpireAt: undefined,
        lastSignInAt: undefined,
        etag: ids.etag(),
        createdAt: at,
        updatedAt: at,
      };
      await store.write(async (tx) => {
        await tx.partners.insert(partner);
        await tx.accounts.insert(account);
      });
      const { access } = await signIn(account);
      const caller: Caller = {
        accountId: account.accountId,
        partnerId: partner.partnerId,
        scopes: new Set(scopes),
        sessionId: access.sessionId,
        tokenId: access.tokenId,
      };
      return { partner, account, caller, client: as(caller) };
    },
    signIn,
    async events(partnerId) {
      const rows = await db.read((tx) =>
        tx.selectFrom("events").selectAll().where("partner_id", "=", partnerId).orderBy("sequence").execute(),
      );
      return rows.map(({ payload }) => fromBinary(IdentityEventSchema, payload));
    },
  };

  async function signIn(account: ServiceAccount, secretId = ids.uuid()) {
    const issuedAt = Math.floor(clock.wallNow() / 1000) * 1000;
    const { accountId, partnerId, scopes } = account;
    const session = { sessionId: ids.uuid(), accountId, partnerId, secretId };
    const token = { ...session, scopes, issuedAt };
    const access: TokenRecord = {
      ...token,
      tokenId: ids.uuid(),
      kind: "access",
      audiences: ["https://api.test"],
      keyId: "key-1",
      expireAt: issuedAt + accessTokenMs,
    };
    const refresh: TokenRecord = {
      ...token,
      tokenId: ids.uuid(),
      kind: "refresh",
      audiences: [],
      keyId: "",
      expireAt: issuedAt + refreshTokenMs,
    };
    await store.write(async (tx) => {
      await tx.tokens.insertSession({ ...session, expireAt: issuedAt });
      await tx.tokens.insert(access);
      await tx.tokens.insert(refresh);
    });
    return { access, refresh };
  }
}

/** An idempotency key that nobody used. */
export const newKey = (): string => randomUUID();
