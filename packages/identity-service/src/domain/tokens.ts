import { actorOf, type Caller, canSee } from "./caller.ts";
import type { DomainDeps } from "./deps.ts";
import { IdentityError, notFound } from "./errors.ts";
import { claimIdempotencyKey, keyScope } from "./idempotency.ts";
import { visibleAccount, visiblePartner } from "./lookup.ts";
import type {
  Partner,
  Revocation,
  RevocationReason,
  RevocationTarget,
  ServiceAccount,
  TokenRecord,
} from "./model.ts";
import { revocableIds, revoke, revokeAllOf, revokedAt } from "./revocations.ts";
import type { IdentityReads, IdentityTx } from "./store.ts";

/** A token, and since when it is refused if it was revoked. */
export interface ListedToken {
  readonly token: TokenRecord;
  readonly revokedAt: number | undefined;
}

/** Lists and revokes tokens, and says who a token speaks for. Throws `IdentityError`. */
export function tokenOperations({ store, ids, now }: DomainDeps) {
  return {
    /** Errors: `caller_gone`. */
    whoAmI(caller: Caller): Promise<{ account: ServiceAccount; partner: Partner; token: ListedToken }> {
      return store.read(async (tx) => {
        const account = await tx.accounts.find(caller.accountId);
        const partner = await tx.partners.find(caller.partnerId);
        const token = await tx.tokens.find(caller.tokenId);
        if (account === undefined || partner === undefined || token === undefined) {
          throw new IdentityError(
            "caller_gone",
            "the account or the token of the caller is not known any more",
          );
        }
        const [listed] = await withRevocations(tx, [token]);
        return { account, partner, token: listed as ListedToken };
      });
    },

    /** Those that have not expired, newest first. Errors: `not_found` (the account). */
    list(
      caller: Caller,
      query: {
        accountId: string;
        sessionId: string | undefined;
        after?: { issuedAt: number; tokenId: string } | undefined;
        limit: number;
      },
    ): Promise<readonly ListedToken[]> {
      return store.read(async (tx) => {
        await visibleAccount(tx, caller, query.accountId);
        return withRevocations(tx, await tx.tokens.list({ ...query, now: now() }));
      });
    },

    /** Errors: `not_found`, `idempotency_key_reused`. */
    revoke(
      caller: Caller,
      request: {
        target: RevocationTarget;
        reason: Extract<RevocationReason, "requested" | "compromised">;
        idempotencyKey: string;
      },
    ): Promise<Revocation> {
      const { target, reason } = request;
      return store.change(async (tx) => {
        const at = now();
        const revocationId = ids.uuid();
        const claim = await claimIdempotencyKey(tx, {
          scope: keyScope("RevokeTokens", caller),
          key: request.idempotencyKey,
          fingerprint: JSON.stringify([target.kind, target.id, reason]),
          resultId: revocationId,
          now: at,
        });
        if (claim.kind === "repeat") {
          const made = await tx.revocations.find(claim.resultId);
          if (made === undefined || !canSee(caller, made.partnerId)) {
            throw notFound(target.kind, target.id);
          }
          return made;
        }
        return await revokeTarget(tx, caller, target, {
          reason,
          actor: actorOf(caller),
          now: at,
          revocationId,
        });
      });
    },
  };

  async function revokeTarget(
    tx: IdentityTx,
    caller: Caller,
    target: RevocationTarget,
    rest: Parameters<typeof revokeAllOf>[3],
  ): Promise<Revocation> {
    switch (target.kind) {
      case "account": {
        const { partnerId } = await visibleAccount(tx, caller, target.id);
        return revokeAllOf(tx, ids, { kind: "account", id: target.id, partnerId }, rest);
      }
      case "partner":
        await visiblePartner(tx, caller, target.id);
        return revokeAllOf(tx, ids, { kind: "partner", id: target.id, partnerId: target.id }, rest);
      case "token":
      case "session": {
        const found =
          target.kind === "token" ? await tx.tokens.find(target.id) : await tx.tokens.findSession(target.id);
        if (found === undefined || found.expireAt <= rest.now || !canSee(caller, found.partnerId)) {
          throw notFound(target.kind, target.id);
        }
        return revoke(tx, ids, { ...rest, target, partnerId: found.partnerId, expireAt: found.expireAt });
      }
    }
  }
}

async function withRevocations(
  tx: IdentityReads,
  tokens: readonly TokenRecord[],
): Promise<readonly ListedToken[]> {
  const revocations = await tx.revocations.byTargets([...new Set(tokens.flatMap(revocableIds))]);
  return tokens.map((token) => ({ token, revokedAt: revokedAt(revocations, token) }));
}
