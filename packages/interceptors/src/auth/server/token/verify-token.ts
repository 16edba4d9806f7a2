import type { KeyLookup, KeyQuery, KeySource } from "../keys/key-source.ts";
import type { VerificationKey } from "../keys/verification-key.ts";
import type { Principal } from "../principal.ts";
import { decodeObject, type HeaderRules, type ParsedToken, parseToken } from "./parse-token.ts";
import { type ClaimRules, readClaims } from "./read-claims.ts";
import type { RejectionReason } from "./rejection.ts";
import type { CachedToken, VerificationCache } from "./verification-cache.ts";
import { verifySignature } from "./verify-signature.ts";

/** What became of a token. A fault is on our side: it says nothing of the token. */
export type Verification =
  | { readonly kind: "verified"; readonly principal: Principal<unknown> }
  | { readonly kind: "rejected"; readonly reason: RejectionReason }
  | { readonly kind: "fault"; readonly cause: unknown };

/** What a verifier needs. */
export interface VerifierOptions extends HeaderRules, ClaimRules {
  readonly keys: KeySource;
  /** Undefined: each call is verified in full. */
  readonly cache: VerificationCache | undefined;
  /** Milliseconds since 1970. */
  readonly wallNow: () => number;
}

/** Verifies one token: at once when it is in the cache. Never throws, never rejects. */
export type VerifyToken = (token: string) => Verification | Promise<Verification>;

/** Creates a verifier. The cache saves parsing and the signature; key and expiry are looked at each time. */
export function createVerifier(options: VerifierOptions): VerifyToken {
  const { cache, wallNow } = options;

  return (token) => {
    const held = cache?.get(token);
    if (held === undefined) {
      return verify(token);
    }
    const lookup = find({ id: held.keyId, algorithm: held.algorithm });
    return lookup instanceof Promise
      ? lookup.then((one) => recall(token, held, one))
      : recall(token, held, lookup);
  };

  function recall(token: string, held: CachedToken, lookup: KeyLookup): Verification | Promise<Verification> {
    if (lookup.kind === "unavailable") {
      return { kind: "fault", cause: lookup.cause };
    }
    if (lookup.kind === "unknown" || !lookup.keys.includes(held.key)) {
      cache?.delete(token);
      return verify(token);
    }
    if (held.principal.expiresAtMs + options.toleranceMs <= wallNow()) {
      cache?.delete(token);
      return rejected("expired");
    }
    return { kind: "verified", principal: held.principal };
  }

  async function verify(token: string): Promise<Verification> {
    const parsed = parseToken(token, options);
    if (typeof parsed === "string") {
      return rejected(parsed);
    }
    const lookup = await find({ id: parsed.keyId, algorithm: parsed.algorithm });
    if (lookup.kind === "unavailable") {
      return { kind: "fault", cause: lookup.cause };
    }
    if (lookup.kind === "unknown") {
      return rejected("key");
    }
    try {
      const key = await signedWith(parsed, lookup.keys);
      return key === undefined ? rejected("signature") : admit(token, parsed, key);
    } catch (cause) {
      return { kind: "fault", cause };
    }
  }

  function admit(token: string, parsed: ParsedToken, key: VerificationKey): Verification {
    const payload = decodeObject(parsed.payload);
    if (payload === undefined) {
      return rejected("malformed");
    }
    const principal = readClaims(payload, options, wallNow());
    if (typeof principal === "string") {
      return rejected(principal);
    }
    cache?.set(token, { keyId: parsed.keyId, algorithm: parsed.algorithm, key, principal });
    return { kind: "verified", principal };
  }

  function find(query: KeyQuery): KeyLookup | Promise<KeyLookup> {
    const unavailable = (cause: unknown): KeyLookup => ({ kind: "unavailable", cause });
    try {
      const lookup = options.keys.find(query);
      return lookup instanceof Promise ? lookup.catch(unavailable) : lookup;
    } catch (cause) {
      return unavailable(cause);
    }
  }
}

function rejected(reason: RejectionReason): Verification {
  return { kind: "rejected", reason };
}

async function signedWith(
  token: ParsedToken,
  keys: readonly VerificationKey[],
): Promise<VerificationKey | undefined> {
  for (const key of keys) {
    // A key for other algorithms verifies nothing, whatever a source of the user's own answers.
    if (key.algorithms.has(token.algorithm) && (await verifySignature(token, key.key))) {
      return key;
    }
  }
  return undefined;
}
