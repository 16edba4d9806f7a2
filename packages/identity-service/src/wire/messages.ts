import { create } from "@bufbuild/protobuf";
import { type Timestamp, timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type Partner,
  PartnerSchema,
  type Revocation,
  RevocationSchema,
  type Secret,
  SecretSchema,
  type ServiceAccount,
  ServiceAccountSchema,
  type SigningKey,
  SigningKeySchema,
  type TokenMetadata,
  TokenMetadataSchema,
} from "@partner/identity/v1";
import type * as model from "../domain/model.ts";
import { isLocked } from "../domain/service-accounts.ts";
import {
  accountStates,
  partnerStates,
  revocationReasons,
  secretKinds,
  signingAlgorithms,
  signingKeyStates,
  tokenKinds,
} from "./enums.ts";

export function toPartner(partner: model.Partner): Partner {
  return create(PartnerSchema, {
    partnerId: partner.partnerId,
    slug: partner.slug,
    displayName: partner.displayName,
    contactEmail: partner.contactEmail,
    state: partnerStates[partner.state],
    etag: partner.etag,
    createTime: timestampFromMs(partner.createdAt),
    updateTime: timestampFromMs(partner.updatedAt),
  });
}

/** The account as it is at `now`: a lock that is over is not shown. */
export function toServiceAccount(account: model.ServiceAccount, now: number): ServiceAccount {
  return create(ServiceAccountSchema, {
    serviceAccountId: account.accountId,
    partnerId: account.partnerId,
    username: account.username,
    displayName: account.displayName,
    scopes: [...account.scopes],
    state: accountStates[account.state],
    ...optional("lockExpireTime", isLocked(account, now) ? account.lockExpireAt : undefined),
    ...optional("lastSignInTime", account.lastSignInAt),
    etag: account.etag,
    createTime: timestampFromMs(account.createdAt),
    updateTime: timestampFromMs(account.updatedAt),
  });
}

export function toSecret(secret: model.Secret): Secret {
  return create(SecretSchema, {
    secretId: secret.secretId,
    serviceAccountId: secret.accountId,
    kind: secretKinds[secret.kind],
    displayName: secret.displayName,
    createTime: timestampFromMs(secret.createdAt),
    ...optional("expireTime", secret.expireAt),
    ...optional("lastUseTime", secret.lastUseAt),
    ...optional("revokeTime", secret.revokedAt),
  });
}

export function toTokenMetadata(token: model.TokenRecord, revokedAt: number | undefined): TokenMetadata {
  return create(TokenMetadataSchema, {
    tokenId: token.tokenId,
    sessionId: token.sessionId,
    serviceAccountId: token.accountId,
    partnerId: token.partnerId,
    secretId: token.secretId,
    kind: tokenKinds[token.kind],
    scopes: [...token.scopes],
    audiences: [...token.audiences],
    keyId: token.keyId,
    issueTime: timestampFromMs(token.issuedAt),
    expireTime: timestampFromMs(token.expireAt),
    ...optional("revokeTime", revokedAt),
  });
}

const targetCases = {
  token: "tokenId",
  session: "sessionId",
  account: "serviceAccountId",
  partner: "partnerId",
} as const;

export function toRevocation(revocation: model.Revocation): Revocation {
  return create(RevocationSchema, {
    revocationId: revocation.revocationId,
    target: { case: targetCases[revocation.target.kind], value: revocation.target.id },
    reason: revocationReasons[revocation.reason],
    revokeTime: timestampFromMs(revocation.revokedAt),
    expireTime: timestampFromMs(revocation.expireAt),
  });
}

export function toSigningKey(key: model.SigningKeyRecord): SigningKey {
  return create(SigningKeySchema, {
    keyId: key.keyId,
    algorithm: signingAlgorithms[key.algorithm],
    state: signingKeyStates[key.state],
    createTime: timestampFromMs(key.createdAt),
    activateTime: timestampFromMs(key.activateAt),
    ...optional("retireTime", key.retiredAt),
    ...optional("expireTime", key.expireAt),
  });
}

function optional<Name extends string>(name: Name, at: number | undefined): { [K in Name]?: Timestamp } {
  return at === undefined ? {} : ({ [name]: timestampFromMs(at) } as { [K in Name]: Timestamp });
}
