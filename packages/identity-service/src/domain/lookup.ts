import { type Caller, canSee } from "./caller.ts";
import { IdentityError, notFound } from "./errors.ts";
import type { Partner, Secret, ServiceAccount } from "./model.ts";
import type { IdentityReads } from "./store.ts";

/** The partner, if it exists for the caller. Throws `IdentityError` `not_found`. */
export async function visiblePartner(tx: IdentityReads, caller: Caller, partnerId: string): Promise<Partner> {
  const partner = canSee(caller, partnerId) ? await tx.partners.find(partnerId) : undefined;
  if (partner === undefined) {
    throw notFound("partner", partnerId);
  }
  return partner;
}

/** The account, if it exists for the caller. Throws `IdentityError` `not_found`. */
export async function visibleAccount(
  tx: IdentityReads,
  caller: Caller,
  accountId: string,
): Promise<ServiceAccount> {
  const account = await tx.accounts.find(accountId);
  if (account === undefined || !canSee(caller, account.partnerId)) {
    throw notFound("service account", accountId);
  }
  return account;
}

/** The secret, if it exists for the caller. Throws `IdentityError` `not_found`. */
export async function visibleSecret(tx: IdentityReads, caller: Caller, secretId: string): Promise<Secret> {
  const secret = await tx.secrets.find(secretId);
  if (secret === undefined || !canSee(caller, secret.partnerId)) {
    throw notFound("secret", secretId);
  }
  return secret;
}

/** Throws `IdentityError` `etag_mismatch` if an etag is given that is not the object's. */
export function checkEtag(expected: string | undefined, current: string): void {
  if (expected !== undefined && expected !== "" && expected !== current) {
    throw new IdentityError("etag_mismatch", "the etag is not current: read again, decide again");
  }
}
