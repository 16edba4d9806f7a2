import { constants, type VerifyKeyObjectInput } from "node:crypto";
import { InterceptorError } from "../../errors.ts";

/** Signature algorithms that a gate may allow (RFC 7518, section 3.1; RFC 8037; RFC 9864). None is symmetric. */
export type SignatureAlgorithm =
  | "RS256"
  | "RS384"
  | "RS512"
  | "PS256"
  | "PS384"
  | "PS512"
  | "ES256"
  | "ES384"
  | "ES512"
  | "EdDSA"
  | "Ed25519";

/** How a signature is verified. */
export interface AlgorithmRule {
  /** The hash, or null where the algorithm has its own. */
  readonly hash: string | null;
  /** What node:crypto needs besides the key, if anything. */
  readonly options: Omit<VerifyKeyObjectInput, "key"> | undefined;
  /** The length of a signature in bytes; undefined where it is that of the key. */
  readonly signatureBytes: number | undefined;
  /** Whether a signature is two numbers side by side (RFC 7518, section 3.4), which OpenSSL wants as DER. */
  readonly pair: boolean;
}

const rsa = (bits: number): AlgorithmRule => ({
  hash: `sha${bits}`,
  options: undefined,
  signatureBytes: undefined,
  pair: false,
});
const pss = (bits: number): AlgorithmRule => ({
  hash: `sha${bits}`,
  options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: bits / 8 },
  signatureBytes: undefined,
  pair: false,
});
const ecdsa = (bits: number, signatureBytes: number): AlgorithmRule => ({
  hash: `sha${bits}`,
  options: undefined,
  signatureBytes,
  pair: true,
});
const eddsa: AlgorithmRule = { hash: null, options: undefined, signatureBytes: 64, pair: false };

const rules: ReadonlyMap<string, AlgorithmRule> = new Map<SignatureAlgorithm, AlgorithmRule>([
  ["RS256", rsa(256)],
  ["RS384", rsa(384)],
  ["RS512", rsa(512)],
  ["PS256", pss(256)],
  ["PS384", pss(384)],
  ["PS512", pss(512)],
  ["ES256", ecdsa(256, 64)],
  ["ES384", ecdsa(384, 96)],
  ["ES512", ecdsa(512, 132)],
  ["EdDSA", eddsa],
  ["Ed25519", eddsa],
]);

/** The rule of an algorithm, or undefined for one that no gate may allow: `none`, the symmetric ones, unknown ones. */
export function algorithmRule(name: string): AlgorithmRule | undefined {
  return rules.get(name);
}

/** The algorithms that a public key of this type can verify (RFC 7518, section 6.1); none for a symmetric key. */
export function algorithmsOf(kty: unknown, crv: unknown): readonly SignatureAlgorithm[] {
  switch (`${kty} ${kty === "RSA" ? "" : crv}`) {
    case "RSA ":
      return ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];
    case "EC P-256":
      return ["ES256"];
    case "EC P-384":
      return ["ES384"];
    case "EC P-521":
      return ["ES512"];
    case "OKP Ed25519":
      return ["EdDSA", "Ed25519"];
    default:
      return [];
  }
}

/**
 * The allow-list of a gate.
 *
 * @throws InterceptorError `invalid_options` when it is empty, or names an algorithm that no gate may allow.
 */
export function readAlgorithms(names: readonly string[]): ReadonlySet<string> {
  const bad = names.find((name) => !rules.has(name));
  if (names.length === 0 || bad !== undefined) {
    throw new InterceptorError(
      "invalid_options",
      `\`algorithms\` ${bad === undefined ? "is empty" : `has ${JSON.stringify(bad)}`}: name those that the issuer signs with, ` +
        `of ${[...rules.keys()].join(", ")}. A symmetric one would let whoever can verify a token issue it (RFC 8725, section 3.2)`,
    );
  }
  return new Set(names);
}
