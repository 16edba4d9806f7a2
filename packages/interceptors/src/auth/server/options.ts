import type { DescFile, DescMethod } from "@bufbuild/protobuf";
import type { Sleep } from "../../internal/time.ts";
import type { SignatureAlgorithm } from "./algorithms.ts";
import type { KeySource } from "./keys/key-source.ts";
import type { Principal, TokenClaims } from "./principal.ts";
import type { RejectionReason } from "./token/rejection.ts";
import type { CacheOptions } from "./token/verification-cache.ts";

/** Tokens that are taken back before they expire. */
export interface Revocations {
  /**
   * Whether a principal's token was taken back. Asked for each call, also for tokens in the cache, so it must answer from
   * memory. A throw refuses the call with Unavailable.
   */
  isRevoked(principal: Principal<unknown>): boolean;
  /**
   * Calls the listener whenever `isRevoked` may have changed: open streams are asked about again, and those of revoked
   * tokens end. Returns a function that stops it. The gate listens while streams are open.
   */
  onChange(listener: () => void): () => void;
}

/** A refusal, for logs and metrics. It has nothing of the token. */
export type GateEvent =
  | { readonly kind: "rejected"; readonly method: DescMethod; readonly reason: RejectionReason }
  | { readonly kind: "fault"; readonly method: DescMethod; readonly cause: unknown }
  | { readonly kind: "undeclared"; readonly method: DescMethod; readonly problem: string };

/** Options of `jwtGate`. What has no default has to be said: a verifier that guesses is one that is fooled (RFC 8725). */
export interface JwtGateOptions<Claims = TokenClaims> {
  /** Who issues tokens: the exact `iss` claim, or several. */
  issuer: string | readonly string[];
  /** For whom tokens must be: one of these must be in the `aud` claim. */
  audience: string | readonly string[];
  /** The algorithms that the issuer signs with. Symmetric ones and `none` are refused. */
  algorithms: readonly SignatureAlgorithm[];
  /** The issuer's keys: `remoteKeySet` or `localKeySet`. */
  keys: KeySource;
  /** The `typ` header that tokens must have. Default "at+jwt" (RFC 9068, section 2.1). */
  typ?: string;
  /** How far clocks may differ, in milliseconds: for `exp`, `nbf` and `iat`. Default 5,000. */
  clockToleranceMs?: number;
  /** Files whose `service_policies` state the policies of others' services. Default none. */
  policies?: readonly DescFile[];
  /**
   * Tokens that are taken back. A function is asked for each call; open streams end early only with `Revocations`. Default:
   * none is.
   */
  revoked?: Revocations | Revocations["isRevoked"];
  /** Bounds of the verification cache, or false for none. Default 10,000 tokens, 16 MiB. */
  cache?: CacheOptions | false;
  /** What `principal.claims` is. A throw refuses the token. Default: all claims, as they are. */
  claims?: (claims: TokenClaims) => Claims;
  /** The scopes of a token. A throw refuses the token. Default: the `scope` claim, separated by spaces. */
  scopes?: (claims: TokenClaims) => Iterable<string>;
  /** The realm of challenges (RFC 9110, section 11.5). Default: the first audience. */
  realm?: string;
  /** Told of each refusal that is not for want of a token or of a scope. What it throws is ignored. */
  onRefused?: (event: GateEvent) => void;
  /** Wall clock, in milliseconds since 1970. Default `Date.now`. */
  wallNow?: () => number;
  /** Waits; for tests. Default `setTimeout`. */
  sleep?: Sleep;
}
