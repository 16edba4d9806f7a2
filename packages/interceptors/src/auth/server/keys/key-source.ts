import type { VerificationKey } from "./verification-key.ts";

/** What the header of a token says of its key. */
export interface KeyQuery {
  /** The `kid` header, or undefined. */
  readonly id: string | undefined;
  /** The `alg` header, which the gate allows. */
  readonly algorithm: string;
}

/** The keys that a token may be signed with. */
export type KeyLookup =
  | { readonly kind: "found"; readonly keys: readonly VerificationKey[] }
  /** No such key: the token is refused. */
  | { readonly kind: "unknown" }
  /** It cannot be said now whether there is such a key: the call fails with Unavailable. */
  | { readonly kind: "unavailable"; readonly cause: unknown };

/** Where the keys of an issuer come from: `remoteKeySet` or `localKeySet`. */
export interface KeySource {
  /**
   * Finds the keys for a token. Asked for each call, also when the token is in the cache, so that a key which is gone stops
   * to count. Answers at once where it can; never rejects.
   */
  find(query: KeyQuery): KeyLookup | Promise<KeyLookup>;
}
