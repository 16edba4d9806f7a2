import type { DomainDeps } from "./deps.ts";
import { afterFailure, blockedForMs, type GuardLimit } from "./guard.ts";
import type { Actor, SecretKind, ServiceAccount } from "./model.ts";
import type { SecretHasher } from "./ports.ts";
import { isLocked, lockAccount } from "./service-accounts.ts";
import type { Digest } from "./sign-in-ports.ts";
import type { IdentityTx } from "./store.ts";

/** Credentials as they came, and from where. */
export interface Credentials {
  readonly username: string;
  readonly value: string;
  readonly kind: SecretKind;
  /** The network address of who sent them. */
  readonly address: string;
}

/** Who was recognised, by which secret. */
export interface Recognised {
  readonly kind: "recognised";
  readonly accountId: string;
  readonly secretId: string;
}

export type SignInOutcome =
  | Recognised
  /** Wrong, or no longer good; which of it is not for the sender to know. */
  | { readonly kind: "refused" }
  /** Too many wrong ones: not looked at. */
  | { readonly kind: "throttled"; readonly retryAfterMs: number };

export interface SignInLimits {
  /** Per account: at the limit it is locked. The same for names that no account has. */
  readonly account: GuardLimit;
  /** Per network address, over all accounts. */
  readonly address: GuardLimit;
}

export const defaultSignInLimits: SignInLimits = {
  account: { failures: 5, windowMs: 15 * 60_000, blockMs: 5 * 60_000 },
  address: { failures: 30, windowMs: 5 * 60_000, blockMs: 5 * 60_000 },
};

export interface SignInDeps extends DomainDeps {
  readonly hasher: SecretHasher;
  readonly digest: Digest;
  readonly limits: SignInLimits;
}

const guard: Actor = { partnerId: "", component: "sign-in-guard" };

/**
 * Checks credentials. An account that does not exist costs the same work as one that does. Failures are counted in the store,
 * so that replicas share the count; those that are checked at the same time pass together, as many as the hasher lets.
 */
export function createSignIn({ store, ids, now, hasher, digest, limits }: SignInDeps) {
  const decoy = hasher.hash(ids.secretValue(), ids.uuid());
  // Whoever awaits it learns of it; until then it is no unhandled rejection.
  decoy.catch(() => undefined);

  return async function check(credentials: Credentials): Promise<SignInOutcome> {
    const { username, value, kind, address } = credentials;
    const nameSubject = `name:${digest(username)}`;
    const addressSubject = `address:${address}`;
    const found = await store.read(async (tx) => {
      const at = now();
      const account = await tx.accounts.findByUsername(username);
      const partner = account && (await tx.partners.find(account.partnerId));
      const isLive = account?.state === "active" && partner?.state === "active";
      // The lock of an account is its own, so that EnableServiceAccount lifts it.
      const lockedMs = account
        ? Math.max(0, (account.lockExpireAt ?? 0) - at)
        : blockedForMs(await tx.guard.find(nameSubject), at);
      const blockedMs = blockedForMs(await tx.guard.find(addressSubject), at);
      const secrets = account && isLive ? await tx.secrets.usable(account.accountId, kind, at) : [];
      return { account, secrets, retryAfterMs: Math.max(lockedMs, blockedMs) };
    });
    if (found.retryAfterMs > 0) {
      return { kind: "throttled", retryAfterMs: found.retryAfterMs };
    }

    const hashes = found.secrets.length === 0 ? [await decoy] : found.secrets.map(({ hash }) => hash);
    const index = await hasher.match(value, hashes);
    const secretId = index === undefined ? undefined : found.secrets[index]?.secretId;
    if (found.account !== undefined && secretId !== undefined) {
      return { kind: "recognised", accountId: found.account.accountId, secretId };
    }
    await store.write((tx) => countFailure(tx, found.account?.accountId));
    return { kind: "refused" };

    async function countFailure(tx: IdentityTx, accountId: string | undefined): Promise<void> {
      const at = now();
      const account = accountId === undefined ? undefined : await tx.accounts.find(accountId);
      const byName = afterFailure(await tx.guard.find(nameSubject), nameSubject, limits.account, at);
      await tx.guard.put(byName);
      await tx.guard.put(
        afterFailure(await tx.guard.find(addressSubject), addressSubject, limits.address, at),
      );
      const locks = account !== undefined && !isLocked(account, at) && blockedForMs(byName, at) > 0;
      if (locks) {
        await lockAccount(tx, ids, account, { until: byName.blockedUntil, actor: guard, now: at });
      }
      await tx.audit.append({
        at,
        partnerId: account?.partnerId ?? "",
        // A name that nobody has may be a password typed in the wrong place.
        actor: account?.accountId ?? `digest ${digest(username)}`,
        action: "sign_in",
        target: "",
        outcome: "refused",
        address,
        detail: locks ? "locked" : "wrong credentials",
      });
    }
  };
}

/** In the transaction that issues tokens: forgets the failures, notes the use. */
export async function noteSignIn(
  tx: IdentityTx,
  digest: Digest,
  account: ServiceAccount,
  secretId: string,
  at: number,
): Promise<void> {
  const subject = `name:${digest(account.username)}`;
  if ((await tx.guard.find(subject)) !== undefined) {
    await tx.guard.delete(subject);
  }
  await tx.accounts.recordSignIn(account.accountId, at);
  await tx.secrets.recordUse(secretId, at);
}
