import { InterceptorError } from "../../../errors.ts";
import type { KeyLookup, KeyQuery } from "./key-source.ts";
import { importKey, type VerificationKey } from "./verification-key.ts";

/** The usable keys of a JSON Web Key Set. */
export interface KeySet {
  /** All usable keys. */
  readonly keys: readonly VerificationKey[];
  /** Those that fit, found or unknown. */
  find(query: KeyQuery): Exclude<KeyLookup, { kind: "unavailable" }>;
}

// A key set has one to five keys. These bound what a hostile or broken one costs.
const mostKeys = 100;
// So many signatures are tried for one token at most: keys may share an id, and a token may name none.
const mostCandidates = 4;

/**
 * Reads a JSON Web Key Set (RFC 7517). Keys that `previous` has as well are taken over, so that they stay identical.
 *
 * @throws InterceptorError `key_set_misbehaved` for what is no key set.
 */
export async function readKeySet(value: unknown, previous?: KeySet): Promise<KeySet> {
  const listed = typeof value === "object" && value !== null ? (value as { keys?: unknown }).keys : undefined;
  if (!Array.isArray(listed)) {
    throw new InterceptorError(
      "key_set_misbehaved",
      "no key set: it must be a JSON object with a list `keys`",
    );
  }
  if (listed.length > mostKeys) {
    throw new InterceptorError(
      "key_set_misbehaved",
      `the key set has ${listed.length} keys, more than ${mostKeys}`,
    );
  }
  const known = new Map(previous?.keys.map((key) => [key.text, key]));
  const keys: VerificationKey[] = [];
  for (const text of new Set(listed.map((jwk) => JSON.stringify(jwk)))) {
    const key = known.get(text) ?? (await importKey(JSON.parse(text)));
    if (key !== undefined) {
      keys.push(key);
    }
  }
  const found = new Map<string, KeyLookup & { kind: "found" | "unknown" }>();
  for (const id of new Set([undefined, ...keys.map((key) => key.id)])) {
    for (const algorithm of new Set(keys.flatMap((key) => [...key.algorithms]))) {
      const fit = keys.filter((key) => (id === undefined || key.id === id) && key.algorithms.has(algorithm));
      if (fit.length > 0 && fit.length <= mostCandidates) {
        found.set(index(id, algorithm), { kind: "found", keys: fit });
      }
    }
  }
  const unknown = { kind: "unknown" } as const;
  return { keys, find: ({ id, algorithm }) => found.get(index(id, algorithm)) ?? unknown };
}

function index(id: string | undefined, algorithm: string): string {
  return id === undefined ? algorithm : `${algorithm} ${id}`;
}
