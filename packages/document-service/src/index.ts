export { type DocumentConfig, readConfig } from "./config.ts";
export type { Clock } from "./domain/context.ts";
export type { Quota } from "./domain/limits.ts";
export type { RetentionReport } from "./domain/retention.ts";
export type { Caller, CallerOf } from "./rpc/caller.ts";
export {
  createDocumentService,
  type DocumentService,
  type DocumentServiceOptions,
  defaultQuota,
} from "./service.ts";
export { startDocumentService } from "./start.ts";
export { migrations } from "./store/migrations/index.ts";
export type { Schema } from "./store/schema.ts";
