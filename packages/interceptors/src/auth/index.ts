export type { AccessToken } from "./access-token.ts";
export { bearerAuth } from "./bearer-auth.ts";
export type { Challenge } from "./challenge.ts";
export { parseChallenges } from "./challenge.ts";
export type { ConfinementOptions } from "./confinement.ts";
export { createTokenSource } from "./create-token-source.ts";
export type { Grant, GrantContext, GrantedToken } from "./grant.ts";
export type { ClientCredentialsOptions } from "./grants/client-credentials.ts";
export { clientCredentialsGrant, clientCredentialsTokenSource } from "./grants/client-credentials.ts";
export type { EndpointOptions } from "./grants/endpoint.ts";
export type { OAuthOptions } from "./grants/oauth.ts";
export type { PasswordOptions } from "./grants/password.ts";
export { passwordGrant, passwordTokenSource } from "./grants/password.ts";
export type { RefreshTokenOptions } from "./grants/refresh-token.ts";
export { refreshTokenGrant, refreshTokenSource } from "./grants/refresh-token.ts";
export type { RefreshTokenStore, StoredTokens } from "./grants/refresh-token-store.ts";
export { memoryRefreshTokenStore } from "./grants/refresh-token-store.ts";
export { staticTokenSource } from "./grants/static.ts";
export type {
  BearerAuthOptions,
  CreateTokenSourceOptions,
  RefreshEvent,
  TokenSourceOptions,
} from "./options.ts";
export type { RenewAhead, Schedule } from "./schedule.ts";
export type { TokenSource, TokenWait } from "./token-source.ts";
