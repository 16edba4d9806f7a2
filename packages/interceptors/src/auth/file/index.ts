export type { FileRefreshTokenStoreOptions } from "./file-refresh-token-store.ts";
export { fileRefreshTokenStore } from "./file-refresh-token-store.ts";
export type { FileTokenOptions } from "./file-token-source.ts";
export { fileTokenSource } from "./file-token-source.ts";
