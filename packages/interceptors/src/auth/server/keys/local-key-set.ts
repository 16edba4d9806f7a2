import { type KeySet, readKeySet } from "./key-set.ts";
import type { KeySource } from "./key-source.ts";

/** A JSON Web Key Set (RFC 7517, section 5). */
export interface JsonWebKeySet {
  readonly keys: readonly object[];
}

/**
 * Keys that this process has itself, for example those of an issuer that also verifies. Symmetric and private keys, keys for
 * another use and RSA keys of under 2,048 bits are left out.
 *
 * @param keySet The set, or a function that returns the present one: the same object as long as nothing changed.
 */
export function localKeySet(keySet: JsonWebKeySet | (() => JsonWebKeySet)): KeySource {
  const current = typeof keySet === "function" ? keySet : () => keySet;
  let source: JsonWebKeySet | undefined;
  let loaded: KeySet | undefined;
  let loading: Promise<KeySet> | undefined;

  return {
    find(query) {
      let wanted: JsonWebKeySet;
      try {
        wanted = current();
      } catch (cause) {
        return { kind: "unavailable", cause };
      }
      if (wanted === source && loaded !== undefined) {
        return loaded.find(query);
      }
      if (wanted !== source || loading === undefined) {
        source = wanted;
        const previous = loaded;
        loaded = undefined;
        loading = readKeySet(wanted, previous).then((set) => {
          if (source === wanted) {
            loaded = set;
          }
          return set;
        });
      }
      return loading.then(
        (set) => set.find(query),
        (cause: unknown) => ({ kind: "unavailable", cause }) as const,
      );
    },
  };
}
