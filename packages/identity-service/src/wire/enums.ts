import {
  PartnerState,
  RevocationReason,
  SecretKind,
  ServiceAccountState,
  SigningAlgorithm,
  SigningKeyState,
  TokenKind,
} from "@partner/identity/v1";
import type * as model from "../domain/model.ts";

export const partnerStates: Record<model.PartnerState, PartnerState> = {
  active: PartnerState.ACTIVE,
  suspended: PartnerState.SUSPENDED,
  closed: PartnerState.CLOSED,
};

export const accountStates: Record<model.ServiceAccountState, ServiceAccountState> = {
  active: ServiceAccountState.ACTIVE,
  disabled: ServiceAccountState.DISABLED,
};

export const secretKinds: Record<model.SecretKind, SecretKind> = {
  password: SecretKind.PASSWORD,
  client_secret: SecretKind.CLIENT_SECRET,
};

export const tokenKinds: Record<model.TokenKind, TokenKind> = {
  access: TokenKind.ACCESS,
  refresh: TokenKind.REFRESH,
};

export const revocationReasons: Record<model.RevocationReason, RevocationReason> = {
  requested: RevocationReason.REQUESTED,
  compromised: RevocationReason.COMPROMISED,
  refresh_token_reused: RevocationReason.REFRESH_TOKEN_REUSED,
  secret_revoked: RevocationReason.SECRET_REVOKED,
  service_account_disabled: RevocationReason.SERVICE_ACCOUNT_DISABLED,
  service_account_deleted: RevocationReason.SERVICE_ACCOUNT_DELETED,
  partner_suspended: RevocationReason.PARTNER_SUSPENDED,
};

export const signingAlgorithms: Record<model.SigningAlgorithm, SigningAlgorithm> = {
  RS256: SigningAlgorithm.RS256,
  PS256: SigningAlgorithm.PS256,
  ES256: SigningAlgorithm.ES256,
  ES384: SigningAlgorithm.ES384,
  EdDSA: SigningAlgorithm.EDDSA,
};

export const signingKeyStates: Record<model.SigningKeyState, SigningKeyState> = {
  pending: SigningKeyState.PENDING,
  active: SigningKeyState.ACTIVE,
  retired: SigningKeyState.RETIRED,
  revoked: SigningKeyState.REVOKED,
};

/** The name in the domain of a value on the wire; undefined for one that is not in the table. */
export function nameOf<Name extends string, Value>(
  table: Readonly<Record<Name, Value>>,
  value: Value,
): Name | undefined {
  const entry = Object.entries(table).find(([, other]) => other === value);
  return entry?.[0] as Name | undefined;
}
