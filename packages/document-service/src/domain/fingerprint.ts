/** A digest of a value made of arrays, strings, numbers and null: equal values, and only those, have the same. */
export async function fingerprint(value: unknown): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest.subarray(0, 16), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The entries of a map in the order of their keys: the order in which they came says nothing. */
export function sortedEntries(map: { readonly [key: string]: string }): [string, string][] {
  return Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));
}
