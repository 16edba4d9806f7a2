import type { Principal, TokenClaims } from "../principal.ts";
import type { RejectionReason } from "./rejection.ts";

/** What the claims must say. */
export interface ClaimRules {
  readonly issuers: ReadonlySet<unknown>;
  readonly audiences: ReadonlySet<string>;
  readonly toleranceMs: number;
  /** What the token permits. A throw refuses it. */
  readonly scopes: (claims: TokenClaims) => Iterable<string>;
  /** What `principal.claims` is. A throw refuses the token. */
  readonly claims: (claims: TokenClaims) => unknown;
}

/** Checks verified claims (RFC 7519, section 4.1; RFC 9068, sections 2.2 and 4). */
export function readClaims(
  payload: TokenClaims,
  rules: ClaimRules,
  wallNow: number,
): Principal<unknown> | RejectionReason {
  const { iss, aud, sub, exp, nbf, iat, jti } = payload;
  if (!rules.issuers.has(iss)) {
    return "issuer";
  }
  const audience = typeof aud === "string" ? [aud] : aud;
  if (
    !Array.isArray(audience) ||
    !audience.every((one) => typeof one === "string") ||
    !audience.some((one) => rules.audiences.has(one))
  ) {
    return "audience";
  }
  if (typeof sub !== "string" || sub === "") {
    return "subject";
  }
  if (!isDate(exp) || !(nbf === undefined || isDate(nbf)) || !(iat === undefined || isDate(iat))) {
    return "claims";
  }
  if (!(jti === undefined || typeof jti === "string")) {
    return "claims";
  }
  if (exp * 1000 + rules.toleranceMs <= wallNow) {
    return "expired";
  }
  if (Math.max(nbf ?? 0, iat ?? 0) * 1000 - rules.toleranceMs > wallNow) {
    return "early";
  }
  try {
    return Object.freeze({
      subject: sub,
      issuer: iss as string,
      audience: Object.freeze(audience),
      scopes: constantSet(rules.scopes(deepFreeze(payload))),
      tokenId: jti,
      issuedAtMs: iat === undefined ? undefined : iat * 1000,
      expiresAtMs: exp * 1000,
      claims: rules.claims(payload),
    });
  } catch {
    return "claims";
  }
}

/** One principal may serve many calls: what a handler did to it, the next call would have. */
function deepFreeze<T extends object>(value: T): T {
  const open: object[] = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    Object.freeze(next);
    open.push(...Object.values(next).filter((one) => typeof one === "object" && one !== null));
  }
  return value;
}

function constantSet(values: Iterable<string>): ReadonlySet<string> {
  const set = new Set(values);
  const refuse = (): never => {
    throw new TypeError("the scopes of a principal cannot be changed");
  };
  return Object.freeze(Object.assign(set, { add: refuse, delete: refuse, clear: refuse }));
}

/** The values of the `scope` claim (RFC 8693, section 4.2): none without one. */
export function scopesOf({ scope }: TokenClaims): Iterable<string> {
  if (scope === undefined) {
    return [];
  }
  if (typeof scope !== "string") {
    throw new TypeError("the claim `scope` must be text");
  }
  return scope.split(" ").filter((one) => one !== "");
}

/** Seconds since 1970, in a range that a date can have (RFC 7519, section 2). */
function isDate(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= 8.64e12;
}
