import type { ServiceImpl } from "@connectrpc/connect";
import type { IdentityService } from "@partner/identity/service/v1";
import type { ServiceAccount } from "@partner/identity/v1";
import type { ServiceAccount as Account, ServiceAccountState } from "../domain/model.ts";
import { type AccountChanges, accountOperations } from "../domain/service-accounts.ts";
import { accountStates, nameOf } from "../wire/enums.ts";
import { toServiceAccount } from "../wire/messages.ts";
import type { RpcDeps } from "./deps.ts";
import { maskedFields } from "./update-mask.ts";

type Handlers = Pick<
  ServiceImpl<typeof IdentityService>,
  | "createServiceAccount"
  | "getServiceAccount"
  | "listServiceAccounts"
  | "updateServiceAccount"
  | "disableServiceAccount"
  | "enableServiceAccount"
  | "deleteServiceAccount"
>;

export function accountHandlers(deps: RpcDeps): Handlers {
  const { callerOf, now, readPage } = deps;
  const accounts = accountOperations(deps);
  return {
    async createServiceAccount({ serviceAccount, idempotencyKey }, context) {
      const caller = callerOf(context);
      const { partnerId, username, displayName, scopes } = serviceAccount as ServiceAccount;
      const account = await accounts.create(caller, {
        partnerId: partnerId || caller.partnerId,
        username,
        displayName,
        scopes,
        idempotencyKey,
      });
      return { serviceAccount: toServiceAccount(account, now()) };
    },

    async getServiceAccount({ serviceAccountId }, context) {
      const account = await accounts.get(callerOf(context), serviceAccountId);
      return { serviceAccount: toServiceAccount(account, now()) };
    },

    async listServiceAccounts(request, context) {
      const caller = callerOf(context);
      const partnerId = request.partnerId || caller.partnerId;
      const states = request.states
        .map((state) => nameOf(accountStates, state))
        .filter((state): state is ServiceAccountState => state !== undefined)
        .sort();
      const { items, nextPageToken } = await readPage(request, {
        purpose: ["ListServiceAccounts", partnerId, states],
        read: (place) => accounts.list(caller, { ...place, partnerId, states }),
        position: ({ username }: Account) => username,
      });
      return { serviceAccounts: items.map((account) => toServiceAccount(account, now())), nextPageToken };
    },

    async updateServiceAccount(request, context) {
      const { serviceAccountId, etag, displayName, scopes } = request.serviceAccount as ServiceAccount;
      const changes: AccountChanges = maskedFields<AccountChanges>(request.updateMask, {
        display_name: { given: displayName !== "", change: { displayName } },
        scopes: { given: scopes.length > 0, change: { scopes } },
      });
      const account = await accounts.update(callerOf(context), serviceAccountId, etag, changes);
      return { serviceAccount: toServiceAccount(account, now()) };
    },

    async disableServiceAccount({ serviceAccountId, etag }, context) {
      const account = await accounts.disable(callerOf(context), serviceAccountId, etag);
      return { serviceAccount: toServiceAccount(account, now()) };
    },

    async enableServiceAccount({ serviceAccountId, etag }, context) {
      const account = await accounts.enable(callerOf(context), serviceAccountId, etag);
      return { serviceAccount: toServiceAccount(account, now()) };
    },

    async deleteServiceAccount({ serviceAccountId, etag, allowMissing }, context) {
      await accounts.delete(callerOf(context), serviceAccountId, etag, allowMissing);
      return {};
    },
  };
}
