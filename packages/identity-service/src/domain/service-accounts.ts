import { actorOf, type Caller, canSee } from "./caller.ts";
import type { DomainDeps } from "./deps.ts";
import { IdentityError, notFound } from "./errors.ts";
import type { Change } from "./events.ts";
import { claimIdempotencyKey, keyScope } from "./idempotency.ts";
import { checkEtag, visibleAccount, visiblePartner } from "./lookup.ts";
import type { Actor, ServiceAccount, ServiceAccountState } from "./model.ts";
import type { Ids } from "./ports.ts";
import { revokeAllOf } from "./revocations.ts";
import type { IdentityTx } from "./store.ts";

/** How many service accounts a partner can have. */
export const maxAccountsOfPartner = 1000;

/** The fields of an account that an update can change. */
export interface AccountChanges {
  readonly displayName?: string;
  readonly scopes?: readonly string[];
}

/** Creates, reads, changes, disables, enables and deletes service accounts. Throws `IdentityError`. */
export function accountOperations({ store, ids, now }: DomainDeps) {
  return {
    /**
     * Errors: `not_found` (the partner), `scope_not_held`, `idempotency_key_reused`, `partner_not_active`,
     * `too_many_accounts`, `username_taken`.
     */
    create(
      caller: Caller,
      request: {
        partnerId: string;
        username: string;
        displayName: string;
        scopes: readonly string[];
        idempotencyKey: string;
      },
    ): Promise<ServiceAccount> {
      const { partnerId, username, displayName } = request;
      const scopes = normalScopes(request.scopes);
      return store.change(async (tx) => {
        const at = now();
        const partner = await visiblePartner(tx, caller, partnerId);
        const account: ServiceAccount = {
          accountId: ids.uuid(),
          partnerId,
          username,
          displayName,
          scopes,
          state: "active",
          lockExpireAt: undefined,
          lastSignInAt: undefined,
          etag: ids.etag(),
          createdAt: at,
          updatedAt: at,
        };
        const claim = await claimIdempotencyKey(tx, {
          scope: keyScope("CreateServiceAccount", caller),
          key: request.idempotencyKey,
          fingerprint: JSON.stringify([partnerId, username, displayName, scopes]),
          resultId: account.accountId,
          now: at,
        });
        if (claim.kind === "repeat") {
          return visibleAccount(tx, caller, claim.resultId);
        }
        refuseScopesNotHeld(caller, scopes);
        if (partner.state !== "active") {
          throw new IdentityError("partner_not_active", `the partner is ${partner.state}`);
        }
        if ((await tx.accounts.count(partnerId)) >= maxAccountsOfPartner) {
          throw new IdentityError(
            "too_many_accounts",
            `the partner has ${maxAccountsOfPartner} accounts: delete one that is not needed`,
            { fields: { limit: String(maxAccountsOfPartner) } },
          );
        }
        if (!(await tx.accounts.insert(account))) {
          throw new IdentityError("username_taken", `the username ${username} is taken`, {
            fields: { username },
          });
        }
        emit(tx, actorOf(caller), account, { kind: "service_account_created", account });
        return account;
      });
    },

    /** Errors: `not_found`. */
    get(caller: Caller, accountId: string): Promise<ServiceAccount> {
      return store.read((tx) => visibleAccount(tx, caller, accountId));
    },

    /** By username. Errors: `not_found` (the partner). */
    list(
      caller: Caller,
      query: {
        partnerId: string;
        states: readonly ServiceAccountState[];
        after?: string | undefined;
        limit: number;
      },
    ): Promise<readonly ServiceAccount[]> {
      return store.read(async (tx) => {
        await visiblePartner(tx, caller, query.partnerId);
        return tx.accounts.list(query);
      });
    },

    /** Errors: `not_found`, `etag_mismatch`, `scope_not_held`. */
    update(
      caller: Caller,
      accountId: string,
      etag: string,
      changes: AccountChanges,
    ): Promise<ServiceAccount> {
      return store.change(async (tx) => {
        const before = await visibleAccount(tx, caller, accountId);
        checkEtag(etag, before.etag);
        const displayName = changes.displayName ?? before.displayName;
        const scopes = changes.scopes === undefined ? before.scopes : normalScopes(changes.scopes);
        refuseScopesNotHeld(
          caller,
          scopes.filter((scope) => !before.scopes.includes(scope)),
        );
        const changedFields = [
          ...(displayName === before.displayName ? [] : ["display_name"]),
          ...(scopes.join(" ") === before.scopes.join(" ") ? [] : ["scopes"]),
        ];
        if (changedFields.length === 0) {
          return before;
        }
        const account = { ...before, displayName, scopes, etag: ids.etag(), updatedAt: now() };
        await tx.accounts.update(account);
        emit(tx, actorOf(caller), account, { kind: "service_account_updated", account, changedFields });
        return account;
      });
    },

    /** Errors: `not_found`, `own_account`, `etag_mismatch`. */
    disable(caller: Caller, accountId: string, etag: string): Promise<ServiceAccount> {
      return store.change(async (tx) => {
        const before = await visibleAccount(tx, caller, accountId);
        refuseOwn(caller, before);
        if (before.state === "disabled") {
          return before;
        }
        checkEtag(etag, before.etag);
        const account: ServiceAccount = { ...before, state: "disabled", etag: ids.etag(), updatedAt: now() };
        await tx.accounts.update(account);
        emit(tx, actorOf(caller), account, { kind: "service_account_disabled", account });
        await revokeAllOf(tx, ids, ownerOf(account), {
          reason: "service_account_disabled",
          actor: actorOf(caller),
          now: account.updatedAt,
        });
        return account;
      });
    },

    /** Errors: `not_found`, `etag_mismatch`. */
    enable(caller: Caller, accountId: string, etag: string): Promise<ServiceAccount> {
      return store.change(async (tx) => {
        const at = now();
        const before = await visibleAccount(tx, caller, accountId);
        if (before.state === "active" && !isLocked(before, at)) {
          return before;
        }
        checkEtag(etag, before.etag);
        const account: ServiceAccount = {
          ...before,
          state: "active",
          lockExpireAt: undefined,
          etag: ids.etag(),
          updatedAt: at,
        };
        await tx.accounts.update(account);
        emit(tx, actorOf(caller), account, { kind: "service_account_enabled", account });
        return account;
      });
    },

    /** Errors: `not_found` unless missing is allowed, `own_account`, `etag_mismatch`. */
    delete(caller: Caller, accountId: string, etag: string, allowMissing: boolean): Promise<void> {
      return store.change(async (tx) => {
        const account = await tx.accounts.find(accountId);
        if (account === undefined || !canSee(caller, account.partnerId)) {
          if (allowMissing) {
            return;
          }
          throw notFound("service account", accountId);
        }
        refuseOwn(caller, account);
        checkEtag(etag, account.etag);
        const at = now();
        await tx.accounts.delete(accountId);
        tx.emit({
          partnerId: account.partnerId,
          actor: actorOf(caller),
          at,
          change: { kind: "service_account_deleted", accountId },
        });
        await revokeAllOf(tx, ids, ownerOf(account), {
          reason: "service_account_deleted",
          actor: actorOf(caller),
          now: at,
        });
      });
    },
  };
}

/** Whether sign-ins are refused after too many wrong credentials. */
export function isLocked(account: Pick<ServiceAccount, "lockExpireAt">, at: number): boolean {
  return account.lockExpireAt !== undefined && account.lockExpireAt > at;
}

/** Refuses sign-ins until then. Tokens that exist stay valid. */
export async function lockAccount(
  tx: IdentityTx,
  ids: Ids,
  before: ServiceAccount,
  lock: { readonly until: number; readonly actor: Actor; readonly now: number },
): Promise<ServiceAccount> {
  const account = { ...before, lockExpireAt: lock.until, etag: ids.etag(), updatedAt: lock.now };
  await tx.accounts.update(account);
  emit(tx, lock.actor, account, { kind: "service_account_locked", account });
  return account;
}

function emit(tx: IdentityTx, actor: Actor, account: ServiceAccount, change: Change): void {
  tx.emit({ partnerId: account.partnerId, actor, at: account.updatedAt, change });
}

function ownerOf(account: ServiceAccount) {
  return { kind: "account", id: account.accountId, partnerId: account.partnerId } as const;
}

function normalScopes(scopes: readonly string[]): readonly string[] {
  return [...new Set(scopes)].sort();
}

function refuseOwn(caller: Caller, account: ServiceAccount): void {
  if (caller.accountId === account.accountId) {
    throw new IdentityError("own_account", "a caller cannot disable or delete its own account");
  }
}

function refuseScopesNotHeld(caller: Caller, scopes: readonly string[]): void {
  const missing = scopes.filter((scope) => !caller.scopes.has(scope));
  if (missing.length > 0) {
    throw new IdentityError(
      "scope_not_held",
      `the caller does not have the scope ${missing.join(", ")} itself`,
      {
        fields: { scopes: missing.join(" ") },
      },
    );
  }
}
