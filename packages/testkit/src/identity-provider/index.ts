export type { SigningAlgorithm, TokenSigner } from "./jwt.ts";
export { createTokenSigner } from "./jwt.ts";
export type { TokenState } from "./ledger.ts";
export type { IdentityProviderOptions, ProviderMode, WrongAnswer } from "./options.ts";
export type { IdentityProvider, TokenRequest } from "./provider.ts";
export { startIdentityProvider } from "./provider.ts";
