import { type KeyObject, verify } from "node:crypto";
import { algorithmRule } from "../algorithms.ts";
import type { ParsedToken } from "./parse-token.ts";

/**
 * Whether a signature is right. The work is done on a thread of Node.js, so that a flood of wrong tokens does not keep the
 * event loop busy. Rejects only when OpenSSL itself fails.
 */
export function verifySignature(token: ParsedToken, key: KeyObject): Promise<boolean> {
  const rule = algorithmRule(token.algorithm);
  if (
    rule === undefined ||
    (rule.signatureBytes !== undefined && token.signature.length !== rule.signatureBytes)
  ) {
    return Promise.resolve(false);
  }
  const signature = rule.pair ? pairToDer(token.signature) : token.signature;
  return new Promise((resolve, reject) => {
    verify(
      rule.hash,
      token.signed,
      rule.options === undefined ? key : { ...rule.options, key },
      signature,
      (error, right) => (error === null ? resolve(right) : reject(error)),
    );
  });
}

/**
 * The two numbers of an ECDSA signature (RFC 7518, section 3.4) as DER (RFC 3279, section 2.2.3). node:crypto can do that
 * itself, `dsaEncoding: "ieee-p1363"`, which costs the event loop many times as much (bench/jwt-gate.ts).
 */
export function pairToDer(pair: Buffer): Buffer {
  const half = pair.length / 2;
  const r = integer(pair.subarray(0, half));
  const s = integer(pair.subarray(half));
  const length = r.length + s.length;
  const head = length < 128 ? [0x30, length] : [0x30, 0x81, length];
  return Buffer.concat([Buffer.from(head), r, s]);
}

function integer(digits: Buffer): Buffer {
  let start = 0;
  while (start < digits.length - 1 && digits[start] === 0) {
    start++;
  }
  const rest = digits.subarray(start);
  const sign = (rest[0] ?? 0) >= 0x80 ? [0] : [];
  return Buffer.concat([Buffer.from([0x02, rest.length + sign.length, ...sign]), rest]);
}
