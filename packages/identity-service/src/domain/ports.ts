/** Milliseconds since the epoch. */
export type Clock = () => number;

/** What the domain must not make up itself. */
export interface Ids {
  /** A UUID of version 7: those made later by the same process sort after. */
  uuid(): string;
  /** A new etag, at most 64 characters, unlike every other. */
  etag(): string;
  /** The value of a new secret: 43 characters of base64url, 256 random bits. */
  secretValue(): string;
}

/** Hashes passwords and secrets, slowly by design: call it outside of a transaction. */
export interface SecretHasher {
  /** The hash with its salt and parameters in one string. Those of one owner have the same salt. */
  hash(value: string, owner: string): Promise<string>;
  /**
   * Which of the hashes the value has: its index, or undefined. For hashes of one owner it costs the same as for one, and its
   * time tells neither where they differ nor which it was.
   */
  match(value: string, hashes: readonly string[]): Promise<number | undefined>;
}
