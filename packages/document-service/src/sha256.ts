import { createHash } from "node:crypto";
import type { Hasher } from "./domain/context.ts";

/** Starts a SHA-256 that takes bytes piece by piece, which WebCrypto cannot. */
export function sha256(): Hasher {
  const hash = createHash("sha256");
  return {
    update: (bytes) => void hash.update(bytes),
    digest: () => new Uint8Array(hash.digest()),
  };
}
