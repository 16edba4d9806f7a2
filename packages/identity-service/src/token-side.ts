import type { HttpRoute } from "@wirehouse/server";
import { sha256 } from "./crypto/digest.ts";
import { createKeyMaker } from "./crypto/key-maker.ts";
import { createKeySealer } from "./crypto/key-sealer.ts";
import type { DomainDeps } from "./domain/deps.ts";
import { createTokenIssuer, type TokenPolicy } from "./domain/issue-tokens.ts";
import type { SecretHasher } from "./domain/ports.ts";
import { createSignIn, defaultSignInLimits, type SignInLimits } from "./domain/sign-in.ts";
import { signingKeyOperations } from "./domain/signing-keys.ts";
import type { SigningKeyAdmin } from "./domain/token-ports.ts";
import { type HttpDeps, httpRoutes } from "./http/routes.ts";

/** How tokens are issued. Times are milliseconds. */
export interface TokenSideOptions extends DomainDeps, Pick<HttpDeps, "addressOf"> {
  readonly hasher: SecretHasher;
  /** From `keyEncryptionKeys`. */
  readonly encryptionKeys: readonly Uint8Array[];
  readonly policy: TokenPolicy;
  readonly algorithm?: "ES256" | "RS256";
  /** How long a key signs. Default: 30 days. */
  readonly rotationMs?: number;
  /** How long a key is published before it signs; verifiers may keep the key set for half of it. Default: 10 minutes. */
  readonly publishAheadMs?: number;
  readonly limits?: SignInLimits;
}

/** The part of the service that issues tokens: its HTTP endpoints, and the keys. */
export interface TokenSide {
  readonly httpRoutes: HttpRoute[];
  readonly signingKeys: SigningKeyAdmin;
  /** Makes the first key and rotates when it is due. Await it before listening, then call it every minute. */
  keepKeys(): Promise<void>;
}

/** Puts the part together. */
export function createTokenSide(options: TokenSideOptions): TokenSide {
  const { store, ids, now, hasher, policy, limits = defaultSignInLimits } = options;
  const publishAheadMs = options.publishAheadMs ?? 10 * 60_000;
  const maker = createKeyMaker(options.algorithm ?? "ES256", createKeySealer(options.encryptionKeys));
  const keys = signingKeyOperations({
    store,
    ids,
    now,
    maker,
    schedule: {
      rotationMs: options.rotationMs ?? 30 * 24 * 60 * 60_000,
      publishAheadMs,
      // Some seconds more, for clocks that differ and times that were rounded up.
      longestTokenMs: policy.accessTokenMs + 60_000,
    },
  });
  return {
    signingKeys: keys,
    keepKeys: () => keys.keepUp(),
    httpRoutes: httpRoutes({
      store,
      now,
      issuerUrl: policy.issuer,
      keySetMaxAgeMs: publishAheadMs / 2,
      checkCredentials: createSignIn({ store, ids, now, hasher, digest: sha256, limits }),
      issuer: createTokenIssuer({ store, ids, now, maker, digest: sha256, policy }),
      ...(options.addressOf === undefined ? {} : { addressOf: options.addressOf }),
    }),
  };
}
