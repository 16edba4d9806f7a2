import { KeyObject } from "node:crypto";
import { importJWK, type JWK } from "jose";
import { algorithmsOf } from "../algorithms.ts";

/** A public key of a key set. */
export interface VerificationKey {
  /** The `kid` of the key, or undefined. */
  readonly id: string | undefined;
  /** The algorithms that the key may be used with: one if the key says so (`alg`), else what its type allows. */
  readonly algorithms: ReadonlySet<string>;
  readonly key: KeyObject;
  /** The key as it was published: two keys with the same text are the same key. */
  readonly text: string;
}

const leastRsaBits = 2048;
// What only a private or a symmetric key has (RFC 7518, sections 6.2.2, 6.3.2, 6.4).
const secretMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];

/**
 * Imports one key of a set, or returns undefined for one that is not for verifying signatures, or that must not be trusted:
 * symmetric, private (its secret is out), of another use, of an unknown type, too short, or off its curve. A set may well
 * have such keys beside good ones (RFC 7517, section 5).
 */
export async function importKey(jwk: unknown): Promise<VerificationKey | undefined> {
  if (typeof jwk !== "object" || jwk === null || Array.isArray(jwk)) {
    return undefined;
  }
  const { kid, kty, crv, alg, use, key_ops: operations } = jwk as Record<string, unknown>;
  const possible = algorithmsOf(kty, crv);
  const algorithms = alg === undefined ? possible : possible.filter((one) => one === alg);
  const [first] = algorithms;
  const forOthers =
    (use !== undefined && use !== "sig") ||
    (operations !== undefined && !(Array.isArray(operations) && operations.includes("verify")));
  const badId = kid !== undefined && typeof kid !== "string";
  if (first === undefined || forOthers || badId || secretMembers.some((name) => Object.hasOwn(jwk, name))) {
    return undefined;
  }
  try {
    const imported = await importJWK(jwk as JWK, first);
    if (imported instanceof Uint8Array) {
      return undefined;
    }
    const key = KeyObject.from(imported);
    const bits = key.asymmetricKeyDetails?.modulusLength;
    return kty === "RSA" && (bits === undefined || bits < leastRsaBits)
      ? undefined
      : { id: kid, algorithms: new Set(algorithms), key, text: JSON.stringify(jwk) };
  } catch {
    return undefined;
  }
}
