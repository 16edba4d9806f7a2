import { hash } from "node:crypto";
import type { VerificationKey } from "../keys/verification-key.ts";
import type { Principal } from "../principal.ts";

/** Bounds of the verification cache. */
export interface CacheOptions {
  /** The most tokens that are remembered. Default 10,000. */
  maxEntries?: number;
  /** The most memory, in bytes of the tokens whose claims are remembered. Default 16 MiB. */
  maxBytes?: number;
}

/** A token that was verified. */
export interface CachedToken {
  readonly keyId: string | undefined;
  readonly algorithm: string;
  /** The key that the signature was made with. It must still count, or the entry does not. */
  readonly key: VerificationKey;
  readonly principal: Principal<unknown>;
}

/** Verified tokens. Only good ones are in it, so nobody without one can fill it. */
export interface VerificationCache {
  get(token: string): CachedToken | undefined;
  set(token: string, entry: CachedToken): void;
  delete(token: string): void;
  readonly size: number;
  /** The sum of the lengths of the tokens. */
  readonly bytes: number;
}

/** Creates a cache that drops what was not used for the longest time. */
export function createVerificationCache(options: CacheOptions = {}): VerificationCache {
  const { maxEntries = 10_000, maxBytes = 16_777_216 } = options;
  // A Map keeps the order of insertion: the first entry is the one that was not used for the longest time.
  const entries = new Map<string, { readonly entry: CachedToken; readonly bytes: number }>();
  let bytes = 0;

  return {
    get(token) {
      const key = digest(token);
      const held = entries.get(key);
      if (held !== undefined) {
        entries.delete(key);
        entries.set(key, held);
      }
      return held?.entry;
    },
    set(token, entry) {
      const key = digest(token);
      remove(key);
      entries.set(key, { entry, bytes: token.length });
      bytes += token.length;
      for (const oldest of entries.keys()) {
        if (entries.size <= maxEntries && bytes <= maxBytes) {
          break;
        }
        remove(oldest);
      }
    },
    delete: (token) => remove(digest(token)),
    get size() {
      return entries.size;
    },
    get bytes() {
      return bytes;
    },
  };

  function remove(key: string): void {
    bytes -= entries.get(key)?.bytes ?? 0;
    entries.delete(key);
  }
}

/** All of the token, signature and all: never a part of it. And no token lies in memory for a heap profile to show. */
function digest(token: string): string {
  return hash("sha256", token, "base64");
}
