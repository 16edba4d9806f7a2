import type { ServiceImpl } from "@connectrpc/connect";
import type { IdentityService } from "@partner/identity/service/v1";
import { actorOf } from "../domain/caller.ts";
import type { SigningKeyRecord } from "../domain/model.ts";
import { toSigningKey } from "../wire/messages.ts";
import type { RpcDeps } from "./deps.ts";

type Handlers = Pick<ServiceImpl<typeof IdentityService>, "listSigningKeys" | "rotateSigningKey">;

export function signingKeyHandlers({ callerOf, now, readPage, signingKeys }: RpcDeps): Handlers {
  return {
    async listSigningKeys(request) {
      const { items, nextPageToken } = await readPage(request, {
        purpose: ["ListSigningKeys"],
        read: (place) => signingKeys.list({ ...place, now: now() }),
        position: ({ createdAt, keyId }: SigningKeyRecord) => ({ createdAt, keyId }),
      });
      return { signingKeys: items.map(toSigningKey), nextPageToken };
    },

    async rotateSigningKey({ revokeCurrent, idempotencyKey }, context) {
      const key = await signingKeys.rotate(actorOf(callerOf(context)), { revokeCurrent, idempotencyKey });
      return { signingKey: toSigningKey(key) };
    },
  };
}
