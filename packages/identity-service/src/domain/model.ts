/** The objects of the domain. Times are milliseconds since the epoch. */

export type PartnerState = "active" | "suspended" | "closed";

/** An organisation that uses the platform: the unit of isolation. */
export interface Partner {
  readonly partnerId: string;
  readonly slug: string;
  readonly displayName: string;
  readonly contactEmail: string;
  readonly state: PartnerState;
  readonly etag: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export type ServiceAccountState = "active" | "disabled";

/** An account of a partner that programs sign in with. */
export interface ServiceAccount {
  readonly accountId: string;
  readonly partnerId: string;
  readonly username: string;
  readonly displayName: string;
  /** Sorted, without duplicates. */
  readonly scopes: readonly string[];
  readonly state: ServiceAccountState;
  /** Sign-ins are refused until then; a time that is over means nothing any more. */
  readonly lockExpireAt: number | undefined;
  /** Accurate to one minute. */
  readonly lastSignInAt: number | undefined;
  readonly etag: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export type SecretKind = "password" | "client_secret";

/** What is known of a credential; its value is not. */
export interface Secret {
  readonly secretId: string;
  readonly accountId: string;
  readonly partnerId: string;
  readonly kind: SecretKind;
  readonly displayName: string;
  readonly createdAt: number;
  readonly expireAt: number | undefined;
  /** Accurate to one minute. */
  readonly lastUseAt: number | undefined;
  readonly revokedAt: number | undefined;
}

export type RevocationReason =
  | "requested"
  | "compromised"
  | "refresh_token_reused"
  | "secret_revoked"
  | "service_account_disabled"
  | "service_account_deleted"
  | "partner_suspended";

export type RevocationTargetKind = "token" | "session" | "account" | "partner";

/** Which tokens a revocation is about; those of an account or a partner only if issued up to its time. */
export interface RevocationTarget {
  readonly kind: RevocationTargetKind;
  readonly id: string;
}

/** An order to refuse tokens that would be valid otherwise. */
export interface Revocation {
  readonly revocationId: string;
  /** The partner whose tokens are concerned. */
  readonly partnerId: string;
  readonly target: RevocationTarget;
  readonly reason: RevocationReason;
  readonly revokedAt: number;
  /** When the last token concerned expires by itself. */
  readonly expireAt: number;
}

export type TokenKind = "access" | "refresh";

/** What is known of a token that was issued. Its times are whole seconds, like its claims. */
export interface TokenRecord {
  readonly tokenId: string;
  readonly sessionId: string;
  readonly accountId: string;
  readonly partnerId: string;
  readonly secretId: string;
  readonly kind: TokenKind;
  readonly scopes: readonly string[];
  readonly audiences: readonly string[];
  /** Empty for a refresh token. */
  readonly keyId: string;
  readonly issuedAt: number;
  readonly expireAt: number;
}

/** All tokens that descend from one sign-in. */
export interface SessionRecord {
  readonly sessionId: string;
  readonly accountId: string;
  readonly partnerId: string;
  readonly secretId: string;
  /** When the last token of the session expires. */
  readonly expireAt: number;
}

export type SigningAlgorithm = "RS256" | "PS256" | "ES256" | "ES384" | "EdDSA";
export type SigningKeyState = "pending" | "active" | "retired" | "revoked";

/** What is known of a key that access tokens are signed with. */
export interface SigningKeyRecord {
  readonly keyId: string;
  readonly algorithm: SigningAlgorithm;
  readonly state: SigningKeyState;
  readonly createdAt: number;
  readonly activateAt: number;
  readonly retiredAt: number | undefined;
  readonly expireAt: number | undefined;
}

/** Who did something: an account, or a part of the platform by itself. */
export type Actor =
  | { readonly partnerId: string; readonly accountId: string }
  | { readonly partnerId: ""; readonly component: string };
