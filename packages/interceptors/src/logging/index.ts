export { logging } from "./logging.ts";
export type { LogEntry, LoggingOptions, LogLevel } from "./options.ts";
