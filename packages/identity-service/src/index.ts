export { type IdentityConfig, readConfig } from "./config.ts";
export { IdentityError, type IdentityErrorCode } from "./domain/errors.ts";
export { startIdentityService } from "./service.ts";
