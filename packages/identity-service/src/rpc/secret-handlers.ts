import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import type { IdentityService } from "@partner/identity/service/v1";
import { type Secret, SecretKind } from "@partner/identity/v1";
import type * as model from "../domain/model.ts";
import { secretOperations } from "../domain/secrets.ts";
import { toSecret } from "../wire/messages.ts";
import type { RpcDeps } from "./deps.ts";

type Handlers = Pick<ServiceImpl<typeof IdentityService>, "createSecret" | "listSecrets" | "revokeSecret">;

export function secretHandlers(deps: RpcDeps): Handlers {
  const { callerOf, readPage } = deps;
  const secrets = secretOperations(deps);
  return {
    async createSecret(request, context) {
      const { serviceAccountId, kind, displayName, expireTime } = request.secret as Secret;
      const { secret, value } = await secrets.create(callerOf(context), {
        accountId: serviceAccountId,
        kind: kind === SecretKind.PASSWORD ? "password" : "client_secret",
        displayName,
        expireAt: expireTime && timestampMs(expireTime),
        idempotencyKey: request.idempotencyKey,
      });
      return { secret: toSecret(secret), ...(value === undefined ? {} : { value }) };
    },

    async listSecrets(request, context) {
      const caller = callerOf(context);
      const accountId = request.serviceAccountId;
      const { items, nextPageToken } = await readPage(request, {
        purpose: ["ListSecrets", accountId],
        read: (place) => secrets.list(caller, { ...place, accountId }),
        position: ({ createdAt, secretId }: model.Secret) => ({ createdAt, secretId }),
      });
      return { secrets: items.map(toSecret), nextPageToken };
    },

    async revokeSecret({ secretId }, context) {
      return { secret: toSecret(await secrets.revoke(callerOf(context), secretId)) };
    },
  };
}
