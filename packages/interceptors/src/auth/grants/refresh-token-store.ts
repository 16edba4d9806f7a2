/** What a refresh-token source remembers. */
export interface StoredTokens {
  readonly refreshToken: string;
  /** The access token that came with it, for others who share the store. */
  readonly accessToken?: string | undefined;
  /** When the access token ends, in milliseconds since 1970. */
  readonly expiresAt?: number | undefined;
}

/**
 * Where the refresh token lives. A rotated refresh token may be used once, and a second use revokes the whole family (RFC
 * 9700, section 4.14.2): so whoever shares one must share a store, and the store must let one in at a time.
 */
export interface RefreshTokenStore {
  /**
   * Runs `step` with what is stored, alone: no other `update` of this store, in this process or another one that shares it,
   * runs until the result is saved. When `step` rejects, nothing is changed, and the rejection passes through.
   */
  update(step: (current: StoredTokens | undefined) => Promise<StoredTokens>): Promise<StoredTokens>;
}

/** A store for one process. Sources in the process may share it. */
export function memoryRefreshTokenStore(refreshToken: string): RefreshTokenStore {
  let current: StoredTokens = { refreshToken };
  let last: Promise<unknown> = Promise.resolve();
  return {
    update(step) {
      const turn = last.then(async () => {
        current = await step(current);
        return current;
      });
      last = turn.catch(() => undefined);
      return turn;
    },
  };
}
