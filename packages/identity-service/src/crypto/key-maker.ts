import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  SignJWT,
} from "jose";
import type { KeyMaker } from "../domain/sign-in-ports.ts";
import type { KeySealer } from "./key-sealer.ts";

/** Keys that have been decrypted are kept in memory: more than are ever in the set. */
const keptKeys = 8;

/** Makes keys of the algorithm, and signs with any. A key's id is its thumbprint (RFC 7638). */
export function createKeyMaker(algorithm: "ES256" | "RS256", sealer: KeySealer): KeyMaker {
  const opened = new Map<string, Promise<CryptoKey | Uint8Array>>();
  return {
    algorithm,
    async make() {
      const pair = await generateKeyPair(algorithm, { extractable: true, modulusLength: 2048 });
      const publicJwk = await exportJWK(pair.publicKey);
      const keyId = await calculateJwkThumbprint(publicJwk);
      const secret = Buffer.from(JSON.stringify(await exportJWK(pair.privateKey)));
      return {
        keyId,
        algorithm,
        publicJwk: JSON.stringify({ ...publicJwk, kid: keyId, alg: algorithm, use: "sig" }),
        sealedPrivate: sealer.seal(secret, keyId),
      };
    },
    async sign(key, claims) {
      let secret = opened.get(key.keyId);
      if (secret === undefined) {
        const jwk = JSON.parse(Buffer.from(sealer.open(key.sealedPrivate, key.keyId)).toString()) as JWK;
        secret = importJWK(jwk, key.algorithm);
        opened.set(key.keyId, secret);
        if (opened.size > keptKeys) {
          opened.delete(opened.keys().next().value as string);
        }
      }
      return await new SignJWT({ ...claims })
        .setProtectedHeader({ alg: key.algorithm, kid: key.keyId, typ: "at+jwt" })
        .sign(await secret);
    },
  };
}
