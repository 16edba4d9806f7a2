export { ServiceKitError, type ServiceKitErrorCode } from "./errors.ts";
export { makeFolderOf } from "./files.ts";
export { createJsonLog, type Log, type LogLevel, logLevels } from "./log.ts";
export { type Job, repeat } from "./repeat.ts";
export { type Running, runService } from "./run-service.ts";
export { readServerConfig, type ServerConfig } from "./server-config.ts";
export { type ServerParts, type ServerPartsOptions, serverParts } from "./server-parts.ts";
export { type Environment, invalid, readSettings, type Settings } from "./settings.ts";
