import { constants, generateKeyPairSync, type KeyObject, sign } from "node:crypto";

/** The algorithms that a signer of this kit can have (RFC 7518, section 3.1; RFC 8037). */
export type SigningAlgorithm = "RS256" | "PS256" | "ES256" | "ES384" | "EdDSA";

/** Signs tokens with a key that lives as long as the process of the test: nothing secret is in the repository. */
export interface TokenSigner {
  /** Returns the compact form of a JWT (RFC 7519) with these claims, signed with the signer's algorithm. */
  sign(claims: Record<string, unknown>, header?: Record<string, unknown>): string;
  /** Signs any text in the place of header and claims: for tokens that no library would make. */
  signText(text: string): string;
  /** The JWK Set (RFC 7517) that verifies the tokens. */
  readonly keySet: { keys: Record<string, unknown>[] };
}

/** Creates a signer with a fresh key. */
export function createTokenSigner(kid = "test-key-1", algorithm: SigningAlgorithm = "ES256"): TokenSigner {
  const { privateKey, publicKey } = createKeys(algorithm);
  const jwk = publicKey.export({ format: "jwk" });
  const signText = (text: string): string =>
    `${text}.${signature(algorithm, Buffer.from(text), privateKey).toString("base64url")}`;
  return {
    keySet: { keys: [{ ...jwk, kid, alg: algorithm, use: "sig" }] },
    sign: (claims, header) =>
      signText(`${encode({ alg: algorithm, typ: "at+jwt", kid, ...header })}.${encode(claims)}`),
    signText,
  };
}

function createKeys(algorithm: SigningAlgorithm): { privateKey: KeyObject; publicKey: KeyObject } {
  switch (algorithm) {
    case "RS256":
    case "PS256":
      return generateKeyPairSync("rsa", { modulusLength: 2048 });
    case "ES256":
      return generateKeyPairSync("ec", { namedCurve: "P-256" });
    case "ES384":
      return generateKeyPairSync("ec", { namedCurve: "P-384" });
    case "EdDSA":
      return generateKeyPairSync("ed25519");
  }
}

function signature(algorithm: SigningAlgorithm, input: Buffer, key: KeyObject): Buffer {
  switch (algorithm) {
    case "RS256":
      return sign("sha256", input, key);
    case "PS256":
      return sign("sha256", input, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });
    case "ES256":
      return sign("sha256", input, { key, dsaEncoding: "ieee-p1363" });
    case "ES384":
      return sign("sha384", input, { key, dsaEncoding: "ieee-p1363" });
    case "EdDSA":
      return sign(null, input, key);
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
