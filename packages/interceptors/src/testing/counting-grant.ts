import type { GrantedToken } from "../auth/index.ts";

/** The lifetime of a counting grant's tokens, in milliseconds. */
export const lifetimeMs = 600_000;

/** The n-th token of a counting grant. */
export const granted = (n: number): GrantedToken => ({ accessToken: `token-${n}`, expiresInMs: lifetimeMs });

/** A grant that counts, and answers what the test says. */
export function countingGrant() {
  const state = { requests: 0, answer: (n: number): Promise<GrantedToken> => Promise.resolve(granted(n)) };
  return { state, grant: () => state.answer(++state.requests) };
}
