import { decodeJwt } from "jose";

/** What is known of a token that just arrived. */
export interface LifetimeFacts {
  /** `expires_in`, in seconds (RFC 6749, section 5.1). */
  expiresIn?: number | undefined;
  /** The server's clock when it answered, in milliseconds since 1970: its `Date` header. */
  serverNow?: number | undefined;
  /** This machine's clock, in milliseconds since 1970. */
  wallNow: number;
}

/**
 * How long a token that just arrived is good for, in milliseconds, or undefined when nothing says so. The first that is
 * known counts: `expires_in`; `exp` - `iat` of the JWT; `exp` minus the server's clock; `exp` minus our own clock. Only
 * the last depends on this machine's clock being right.
 */
export function lifetimeMs(token: string, facts: LifetimeFacts): number | undefined {
  if (facts.expiresIn !== undefined && Number.isFinite(facts.expiresIn)) {
    return facts.expiresIn * 1000;
  }
  const { exp, iat } = readClaims(token);
  if (exp === undefined) {
    return undefined;
  }
  if (iat === undefined) {
    return exp * 1000 - (facts.serverNow ?? facts.wallNow);
  }
  const whole = (exp - iat) * 1000;
  // A token that was issued a while ago has less left; a clock that makes it look dead on arrival is not believed.
  const left = facts.serverNow === undefined ? whole : exp * 1000 - facts.serverNow;
  return left > 0 && left < whole ? left : whole;
}

function readClaims(token: string): { exp: number | undefined; iat: number | undefined } {
  try {
    const { exp, iat } = decodeJwt(token);
    return { exp: finite(exp), iat: finite(iat) };
  } catch {
    // Opaque tokens are as good as JWTs (RFC 6750 does not look inside).
    return { exp: undefined, iat: undefined };
  }
}

function finite(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}
