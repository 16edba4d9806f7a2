import type { ServiceImpl } from "@connectrpc/connect";
import type { IdentityService, RevokeTokensRequest } from "@partner/identity/service/v1";
import { RevocationReason } from "@partner/identity/v1";
import type { RevocationTarget } from "../domain/model.ts";
import { type ListedToken, tokenOperations } from "../domain/tokens.ts";
import { toPartner, toRevocation, toServiceAccount, toTokenMetadata } from "../wire/messages.ts";
import type { RpcDeps } from "./deps.ts";

type Handlers = Pick<ServiceImpl<typeof IdentityService>, "whoAmI" | "listTokens" | "revokeTokens">;

export function tokenHandlers(deps: RpcDeps): Handlers {
  const { callerOf, now, readPage } = deps;
  const tokens = tokenOperations(deps);
  return {
    async whoAmI(_request, context) {
      const { account, partner, token } = await tokens.whoAmI(callerOf(context));
      return {
        serviceAccount: toServiceAccount(account, now()),
        partner: toPartner(partner),
        token: toTokenMetadata(token.token, token.revokedAt),
      };
    },

    async listTokens(request, context) {
      const caller = callerOf(context);
      const accountId = request.serviceAccountId;
      const sessionId = request.sessionId || undefined;
      const { items, nextPageToken } = await readPage(request, {
        purpose: ["ListTokens", accountId, request.sessionId],
        read: (place) => tokens.list(caller, { ...place, accountId, sessionId }),
        position: ({ token: { issuedAt, tokenId } }: ListedToken) => ({ issuedAt, tokenId }),
      });
      return { tokens: items.map((one) => toTokenMetadata(one.token, one.revokedAt)), nextPageToken };
    },

    async revokeTokens(request, context) {
      const revocation = await tokens.revoke(callerOf(context), {
        target: toTarget(request.target),
        reason: request.reason === RevocationReason.COMPROMISED ? "compromised" : "requested",
        idempotencyKey: request.idempotencyKey,
      });
      return { revocation: toRevocation(revocation) };
    },
  };
}

function toTarget(target: RevokeTokensRequest["target"]): RevocationTarget {
  switch (target.case) {
    case "tokenId":
      return { kind: "token", id: target.value };
    case "sessionId":
      return { kind: "session", id: target.value };
    case "serviceAccountId":
      return { kind: "account", id: target.value };
    case "partnerId":
      return { kind: "partner", id: target.value };
    default:
      throw new TypeError("the target is not set: the rule of the request was not checked");
  }
}
