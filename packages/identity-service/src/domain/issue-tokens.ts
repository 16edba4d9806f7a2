import type { DomainDeps } from "./deps.ts";
import { IdentityError } from "./errors.ts";
import type { ServiceAccount, SessionRecord, TokenRecord } from "./model.ts";
import { revocableIds, revoke, revokedAt } from "./revocations.ts";
import { noteSignIn, type Recognised } from "./sign-in.ts";
import type { Digest, KeyMaker, RefreshTokenRow, StoredSigningKey } from "./sign-in-ports.ts";
import { activeKey } from "./signing-keys.ts";
import type { IdentityTx } from "./store.ts";

/** What tokens say, and how long they live, in milliseconds: whole seconds. */
export interface TokenPolicy {
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly accessTokenMs: number;
  readonly refreshTokenMs: number;
  /** How long after its exchange a refresh token is exchanged once more if the new one was not used: an answer may be lost. */
  readonly refreshGraceMs: number;
}

export interface TokenIssuerDeps extends DomainDeps {
  readonly maker: KeyMaker;
  readonly digest: Digest;
  readonly policy: TokenPolicy;
}

/** Tokens that were issued. */
export interface Issued {
  readonly kind: "issued";
  readonly accessToken: string;
  readonly accessTokenMs: number;
  readonly scopes: readonly string[];
  readonly refreshToken: string | undefined;
}

export type IssueOutcome =
  | Issued
  /** The account, the secret or the refresh token is not good any more. */
  | { readonly kind: "refused" }
  /** A scope was asked for that the account, or the refresh token, does not have. */
  | { readonly kind: "invalid_scope" };

/** Asks for a refresh token as well; it is no right, and appears in no token. */
export const offlineAccess = "offline_access";

/** Issues tokens to who was recognised, and exchanges refresh tokens. */
export function createTokenIssuer({ store, ids, now, maker, digest, policy }: TokenIssuerDeps) {
  return {
    /** Starts a session. `scope`: what is asked for, separated by spaces; undefined: all that the account has. */
    async signIn(
      who: Recognised,
      request: { scope: string | undefined; address: string },
    ): Promise<IssueOutcome> {
      const asked = split(request.scope);
      const offline = asked?.includes(offlineAccess) ?? false;
      const refreshValue = offline ? ids.secretValue() : undefined;
      const outcome = await store.write(async (tx) => {
        const at = now();
        const account = await liveAccount(tx, who.accountId);
        const secret = await tx.secrets.find(who.secretId);
        // Both may have changed while the credentials were checked.
        if (account === undefined || secret === undefined || secret.revokedAt !== undefined) {
          return { kind: "refused" } as const;
        }
        const scopes = narrow(account.scopes, asked);
        if (scopes === undefined) {
          return { kind: "invalid_scope" } as const;
        }
        const { accountId, partnerId } = account;
        const session = { sessionId: ids.uuid(), accountId, partnerId, secretId: who.secretId };
        await tx.tokens.insertSession({ ...session, expireAt: at });
        const issued = await issue(tx, { account, session, scopes, refreshScopes: scopes, refreshValue, at });
        await noteSignIn(tx, digest, account, who.secretId, at);
        await audit(tx, account, "sign_in", session.sessionId, request.address, "ok", "", at);
        return issued;
      });
      return await finish(outcome);
    },

    /**
     * Exchanges a refresh token, once. A second time revokes its session: either the first or the second was a thief (RFC 9700,
     * section 4.14.2). But shortly after, and while nobody used what it was exchanged for, the answer may have been lost: then
     * the new one takes the place of the one before, whose use from now on is what gives a thief away. `who`: the client, which
     * must be the one that the token was issued to.
     */
    async refresh(
      who: Recognised,
      request: { refreshToken: string; scope: string | undefined; address: string },
    ): Promise<IssueOutcome> {
      const [tokenId = "", value = ""] = request.refreshToken.split(".", 2);
      const asked = split(request.scope);
      const refreshValue = ids.secretValue();
      const outcome = await store.write(async (tx) => {
        const at = now();
        const token = await tx.tokens.find(tokenId);
        const row = await tx.refreshTokens.find(tokenId);
        const account = await liveAccount(tx, who.accountId);
        if (
          token === undefined ||
          row === undefined ||
          row.digest !== digest(value) ||
          account === undefined ||
          token.accountId !== account.accountId ||
          token.expireAt <= at ||
          revokedAt(await tx.revocations.byTargets(revocableIds(token)), token) !== undefined
        ) {
          return { kind: "refused" } as const;
        }
        const session = await tx.tokens.findSession(token.sessionId);
        if (session === undefined) {
          return { kind: "refused" } as const;
        }
        const lost = row.usedAt === undefined ? undefined : await unusedSuccessor(tx, row, row.usedAt, at);
        if (row.usedAt !== undefined && lost === undefined) {
          await revokeReused(tx, account, session, request.address, at);
          return { kind: "refused" } as const;
        }
        const allowed = token.scopes.filter((scope) => account.scopes.includes(scope));
        const scopes = narrow(allowed, asked);
        if (scopes === undefined) {
          return { kind: "invalid_scope" } as const;
        }
        // The scope of the refresh token stays: only this access token has less (RFC 6749, section 6).
        const issued = await issue(tx, {
          account,
          session,
          scopes,
          refreshScopes: token.scopes,
          refreshValue,
          at,
        });
        // The time of the first use stays: repeating does not prolong the grace.
        await tx.refreshTokens.markUsed(tokenId, {
          at: row.usedAt ?? at,
          successorId: issued.refreshTokenId,
        });
        if (lost !== undefined) {
          await tx.refreshTokens.markUsed(lost.tokenId, { at, successorId: undefined });
        }
        const detail = lost === undefined ? "" : "repeated";
        await audit(tx, account, "refresh", session.sessionId, request.address, "ok", detail, at);
        return issued;
      });
      return await finish(outcome);
    },
  };

  /** What the token was exchanged for, if that was a moment ago and it was not used since. */
  async function unusedSuccessor(
    tx: IdentityTx,
    row: RefreshTokenRow,
    usedAt: number,
    at: number,
  ): Promise<RefreshTokenRow | undefined> {
    if (row.successorId === undefined || at - usedAt >= policy.refreshGraceMs) {
      return undefined;
    }
    const successor = await tx.refreshTokens.find(row.successorId);
    return successor?.usedAt === undefined ? successor : undefined;
  }

  async function liveAccount(tx: IdentityTx, accountId: string): Promise<ServiceAccount | undefined> {
    const account = await tx.accounts.find(accountId);
    const partner = account && (await tx.partners.find(account.partnerId));
    return account?.state === "active" && partner?.state === "active" ? account : undefined;
  }

  async function issue(
    tx: IdentityTx,
    order: {
      account: ServiceAccount;
      session: Pick<SessionRecord, "sessionId" | "accountId" | "partnerId" | "secretId">;
      scopes: readonly string[];
      refreshScopes: readonly string[];
      refreshValue: string | undefined;
      at: number;
    },
  ) {
    const { account, scopes, at } = order;
    const { sessionId, accountId, partnerId, secretId } = order.session;
    const key = activeKey(await tx.keys.inSet(at), at);
    if (key === undefined) {
      throw new IdentityError(
        "key_unreadable",
        "there is no active signing key: the service has not finished to start",
      );
    }
    const revocations = await tx.revocations.byTargets([accountId, partnerId, sessionId]);
    const issuedAt = issueTime(
      at,
      revocations.map((revocation) => revocation.revokedAt),
    );
    const common = { sessionId, accountId, partnerId, secretId, issuedAt };
    const access: TokenRecord = {
      ...common,
      tokenId: ids.uuid(),
      kind: "access",
      scopes,
      audiences: policy.audiences,
      keyId: key.keyId,
      expireAt: issuedAt + policy.accessTokenMs,
    };
    await tx.tokens.insert(access);
    let refreshToken: string | undefined;
    let refreshTokenId: string | undefined;
    if (order.refreshValue !== undefined) {
      const tokenId = ids.uuid();
      refreshTokenId = tokenId;
      await tx.tokens.insert({
        ...common,
        tokenId,
        kind: "refresh",
        scopes: order.refreshScopes,
        audiences: [],
        keyId: "",
        expireAt: issuedAt + policy.refreshTokenMs,
      });
      await tx.refreshTokens.insert({
        tokenId,
        digest: digest(order.refreshValue),
        usedAt: undefined,
        successorId: undefined,
      });
      refreshToken = `${tokenId}.${order.refreshValue}`;
    }
    return { kind: "unsigned", account, access, key, refreshToken, refreshTokenId } as const;
  }

  /** Signs what was issued: after the transaction, which may run twice and shall not wait. */
  async function finish(
    outcome:
      | Exclude<IssueOutcome, Issued>
      | {
          kind: "unsigned";
          account: ServiceAccount;
          access: TokenRecord;
          key: StoredSigningKey;
          refreshToken: string | undefined;
        },
  ): Promise<IssueOutcome> {
    if (outcome.kind !== "unsigned") {
      return outcome;
    }
    const { account, access, key, refreshToken } = outcome;
    // RFC 9068, section 2.2.
    const accessToken = await maker.sign(key, {
      iss: policy.issuer,
      aud: access.audiences.length === 1 ? access.audiences[0] : access.audiences,
      sub: access.accountId,
      client_id: account.username,
      iat: access.issuedAt / 1000,
      exp: access.expireAt / 1000,
      jti: access.tokenId,
      scope: access.scopes.join(" "),
      sid: access.sessionId,
      partner: access.partnerId,
    });
    return {
      kind: "issued",
      accessToken,
      accessTokenMs: policy.accessTokenMs,
      scopes: access.scopes,
      refreshToken,
    };
  }

  async function revokeReused(
    tx: IdentityTx,
    account: ServiceAccount,
    session: SessionRecord,
    address: string,
    at: number,
  ): Promise<void> {
    revoke(tx, ids, {
      target: { kind: "session", id: session.sessionId },
      partnerId: session.partnerId,
      reason: "refresh_token_reused",
      actor: { partnerId: "", component: "token-issuer" },
      now: at,
      expireAt: session.expireAt,
    });
    await audit(tx, account, "refresh", session.sessionId, address, "refused", "refresh token reused", at);
  }
}

async function audit(
  tx: IdentityTx,
  account: ServiceAccount,
  action: string,
  target: string,
  address: string,
  outcome: "ok" | "refused",
  detail: string,
  at: number,
): Promise<void> {
  const { partnerId, accountId: actor } = account;
  await tx.audit.append({ at, partnerId, actor, action, target, outcome, address, detail });
}

/**
 * The second in which a token counts as issued: this one, or the one after the last revocation, since what was issued in the
 * second of a revocation is refused.
 */
export function issueTime(now: number, revokedAt: readonly number[]): number {
  const seconds = [now, ...revokedAt.map((at) => at + 1000)].map((ms) => Math.floor(ms / 1000));
  return Math.max(...seconds) * 1000;
}

function split(scope: string | undefined): string[] | undefined {
  const names = scope?.split(" ").filter((name) => name !== "");
  return names === undefined || names.length === 0 ? undefined : names;
}

/** What is asked for, if all of it is allowed; all that is allowed if nothing is asked for. */
function narrow(
  allowed: readonly string[],
  asked: readonly string[] | undefined,
): readonly string[] | undefined {
  const names = asked?.filter((name) => name !== offlineAccess) ?? [];
  if (names.length === 0) {
    return allowed;
  }
  return names.every((name) => allowed.includes(name)) ? [...new Set(names)].sort() : undefined;
}
