export { RevocationFeedError, type RevocationFeedErrorCode } from "./errors.ts";
export {
  identifyByClaims,
  type RevocablePrincipal,
  type RevocationFeedEvent,
  type RevocationFeedOptions,
} from "./options.ts";
export { type RevocationFeed, revocationFeed } from "./revocation-feed.ts";
export type { TokenIdentity } from "./revocation-set.ts";
