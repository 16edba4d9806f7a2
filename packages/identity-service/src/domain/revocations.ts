import type { Actor, Revocation, RevocationReason, RevocationTarget, TokenRecord } from "./model.ts";
import type { Ids } from "./ports.ts";
import type { IdentityTx } from "./store.ts";

/** What to revoke, why, by whom. */
export interface RevokeRequest {
  readonly target: RevocationTarget;
  /** The partner whose tokens are concerned. */
  readonly partnerId: string;
  readonly reason: RevocationReason;
  readonly actor: Actor;
  readonly now: number;
  /** When the last token concerned expires. */
  readonly expireAt: number;
  /** Default: a new one. */
  readonly revocationId?: string;
}

/** Revokes, and tells so in an event. */
export function revoke(tx: IdentityTx, ids: Ids, request: RevokeRequest): Revocation {
  const { target, partnerId, reason, actor, now, expireAt } = request;
  const revocation: Revocation = {
    revocationId: request.revocationId ?? ids.uuid(),
    partnerId,
    target,
    reason,
    revokedAt: now,
    expireAt: Math.max(expireAt, now),
  };
  tx.revocations.add(revocation);
  tx.emit({ partnerId, actor, at: now, change: { kind: "tokens_revoked", revocation } });
  return revocation;
}

/** Revokes all tokens of an account or a partner that were issued up to now. */
export async function revokeAllOf(
  tx: IdentityTx,
  ids: Ids,
  owner: { readonly kind: "account" | "partner"; readonly id: string; readonly partnerId: string },
  rest: Pick<RevokeRequest, "reason" | "actor" | "now" | "revocationId">,
): Promise<Revocation> {
  const { kind, id, partnerId } = owner;
  const latest = await tx.tokens.latestExpiry(kind === "account" ? { accountId: id } : { partnerId: id });
  return revoke(tx, ids, { ...rest, target: { kind, id }, partnerId, expireAt: latest ?? rest.now });
}

/** The ids that a revocation of the token can be about. */
export function revocableIds(
  token: Pick<TokenRecord, "tokenId" | "sessionId" | "accountId" | "partnerId">,
): readonly string[] {
  return [token.tokenId, token.sessionId, token.accountId, token.partnerId];
}

/** Since when the token is refused; undefined if it is not. */
export function revokedAt(
  revocations: Iterable<Revocation>,
  token: Pick<TokenRecord, "tokenId" | "sessionId" | "accountId" | "partnerId" | "issuedAt">,
): number | undefined {
  let since: number | undefined;
  for (const revocation of revocations) {
    if (covers(revocation, token) && (since === undefined || revocation.revokedAt < since)) {
      since = revocation.revokedAt;
    }
  }
  return since;
}

function covers(
  { target, revokedAt: at }: Revocation,
  token: Pick<TokenRecord, "tokenId" | "sessionId" | "accountId" | "partnerId" | "issuedAt">,
): boolean {
  switch (target.kind) {
    case "token":
      return target.id === token.tokenId;
    case "session":
      return target.id === token.sessionId;
    case "account":
      return target.id === token.accountId && token.issuedAt <= at;
    case "partner":
      return target.id === token.partnerId && token.issuedAt <= at;
  }
}
