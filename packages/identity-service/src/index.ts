export { type IdentityConfig, readConfig } from "./config.ts";
export { IdentityError, type IdentityErrorCode } from "./domain/errors.ts";
export { type IdentityService, type Log, startIdentityService } from "./service.ts";
