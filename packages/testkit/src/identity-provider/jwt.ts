import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";

/** Signs tokens with a key that lives as long as the process of the test: nothing secret is in the repository. */
export interface TokenSigner {
  /** Returns the compact form of a JWT (RFC 7519) with these claims, signed with ES256. */
  sign(claims: Record<string, unknown>, header?: Record<string, unknown>): string;
  /** The JWK Set (RFC 7517) that verifies the tokens. */
  readonly keySet: { keys: Record<string, unknown>[] };
}

/** Creates a signer with a fresh P-256 key. */
export function createTokenSigner(kid = "test-key-1"): TokenSigner {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwk = publicKey.export({ format: "jwk" });
  return {
    keySet: { keys: [{ ...jwk, kid, alg: "ES256", use: "sig" }] },
    sign: (claims, header) =>
      signCompact({ alg: "ES256", typ: "at+jwt", kid, ...header }, claims, privateKey),
  };
}

function signCompact(header: object, claims: object, key: KeyObject): string {
  const input = `${encode(header)}.${encode(claims)}`;
  const signature = sign("sha256", Buffer.from(input), { key, dsaEncoding: "ieee-p1363" });
  return `${input}.${signature.toString("base64url")}`;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
