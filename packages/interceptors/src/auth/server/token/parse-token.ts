import type { RejectionReason } from "./rejection.ts";

/** A token that has the right form. Nothing in it is verified. */
export interface ParsedToken {
  readonly algorithm: string;
  readonly keyId: string | undefined;
  /** What the signature is over. */
  readonly signed: Buffer;
  readonly signature: Buffer;
  /** Base64url of the claims, not decoded: that is for after the signature. */
  readonly payload: string;
}

/** What the header must say. */
export interface HeaderRules {
  readonly algorithms: ReadonlySet<string>;
  /** In normal form, see `normalType`. */
  readonly type: string;
}

/** The longest token that is looked at, in characters. Node.js allows 16 KiB for all headers of HTTP/1.1 together. */
export const longestToken = 16_384;
const longestKeyId = 512;
// Extensions that must be understood (RFC 7515, section 4.1.11; RFC 7797), and keys that a token brings along (RFC 8725,
// sections 3.9 and 3.10). No access token needs one.
const refused = ["crit", "b64", "jwk", "jku", "x5u", "x5c"];
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Takes a compact JWS (RFC 7515, section 7.1) apart. */
export function parseToken(token: string, rules: HeaderRules): ParsedToken | RejectionReason {
  if (token.length > longestToken) {
    return "malformed";
  }
  const first = token.indexOf(".");
  const second = token.indexOf(".", first + 1);
  if (first < 1 || second <= first + 1 || token.indexOf(".", second + 1) !== -1) {
    return "malformed";
  }
  const header = decodeObject(token.slice(0, first));
  const signature = decodeCanonical(token.slice(second + 1));
  if (header === undefined || signature === undefined || signature.length === 0) {
    return "malformed";
  }
  const { alg, typ, kid } = header;
  if (typeof alg !== "string" || !rules.algorithms.has(alg)) {
    return "algorithm";
  }
  if (typeof typ !== "string" || normalType(typ) !== rules.type) {
    return "type";
  }
  if (
    refused.some((name) => Object.hasOwn(header, name)) ||
    (kid !== undefined && (typeof kid !== "string" || kid.length > longestKeyId))
  ) {
    return "header";
  }
  return {
    algorithm: alg,
    keyId: kid,
    signed: Buffer.from(token.slice(0, second), "latin1"),
    signature,
    payload: token.slice(first + 1, second),
  };
}

/** "at+jwt" and "application/AT+JWT" are the same media type (RFC 7515, section 4.1.9). */
export function normalType(type: string): string {
  const lower = type.toLowerCase();
  return lower.includes("/") ? lower : `application/${lower}`;
}

/** Decodes base64url of a JSON object; undefined for anything else. */
export function decodeObject(text: string): Record<string, unknown> | undefined {
  const bytes = decodeCanonical(text);
  if (bytes === undefined) {
    return undefined;
  }
  try {
    const value: unknown = JSON.parse(utf8.decode(bytes));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Decodes base64url without padding. Node.js skips what it does not know and drops the last bits, so that one token could be
 * written in many ways: only the one way that encoding gives is accepted.
 */
function decodeCanonical(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? bytes : undefined;
}
