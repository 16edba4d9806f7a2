import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { invalid } from "@partner/service-kit";
import { IdentityError } from "../domain/errors.ts";

/** Encrypts private keys before they are stored. */
export interface KeySealer {
  /** `name` is bound to the result: it opens under no other. */
  seal(secret: Uint8Array, name: string): Uint8Array;
  /** Throws `IdentityError` `key_unreadable`. */
  open(sealed: Uint8Array, name: string): Uint8Array;
}

const version = 1;
const idBytes = 4;
const nonceBytes = 12;
const tagBytes = 16;

/**
 * AES-256-GCM under the first of the keys (32 bytes each); those after it only open what they sealed, so that the key can be
 * changed. Sealed: a version, 4 bytes that name the key, nonce, ciphertext, tag.
 */
export function createKeySealer(keys: readonly Uint8Array[]): KeySealer {
  const [first] = keys;
  if (first === undefined || keys.some((key) => key.length !== 32)) {
    throw invalid("IDENTITY_KEY_ENCRYPTION_KEY", "must be 32 bytes in base64, each key");
  }
  return {
    seal(secret, name) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv("aes-256-gcm", first, nonce).setAAD(Buffer.from(name));
      const head = Buffer.concat([Buffer.from([version]), keyName(first), nonce]);
      return Buffer.concat([head, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
    },
    open(sealed, name) {
      const bytes = Buffer.from(sealed);
      const named = bytes.subarray(1, 1 + idBytes);
      const key = keys.find((candidate) => keyName(candidate).equals(named));
      if (bytes[0] !== version || key === undefined) {
        throw unreadable(name, "it was encrypted under a key that is not in IDENTITY_KEY_ENCRYPTION_KEY");
      }
      const head = 1 + idBytes + nonceBytes;
      const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(1 + idBytes, head));
      decipher.setAAD(Buffer.from(name)).setAuthTag(bytes.subarray(-tagBytes));
      try {
        return Buffer.concat([decipher.update(bytes.subarray(head, -tagBytes)), decipher.final()]);
      } catch (cause) {
        throw unreadable(name, "it was changed since it was stored", cause);
      }
    },
  };
}

function unreadable(name: string, why: string, cause?: unknown): IdentityError {
  return new IdentityError("key_unreadable", `the private signing key ${name} cannot be read: ${why}`, {
    cause,
  });
}

function keyName(key: Uint8Array): Buffer {
  return createHash("sha256")
    .update("wirehouse key encryption key\n")
    .update(key)
    .digest()
    .subarray(0, idBytes);
}
