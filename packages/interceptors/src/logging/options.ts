import type { Code, StreamRequest, UnaryRequest } from "@connectrpc/connect";

/** Levels of log entries. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** One finished call, ready for a structured logger. */
export interface LogEntry {
  readonly level: LogLevel;
  readonly message: "rpc finished" | "rpc message";
  readonly side: "client" | "server";
  /** "package.Service/Method". */
  readonly method: string;
  readonly kind: string;
  readonly protocol: "grpc" | "grpc-web" | "connect";
  /** "OK" or the name of the error's code. */
  readonly code?: string;
  readonly durationMs?: number;
  /** Messages of the request. */
  readonly requests?: number;
  /** Messages of the response. */
  readonly responses?: number;
  /** The error's message, with what looks like a credential redacted. */
  readonly error?: string;
  /** With `payload`: the message as JSON, redacted. */
  readonly payload?: unknown;
  /** With `payload`: which way the message goes. */
  readonly direction?: "request" | "response";
  /** What `fields` gave, redacted. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Options of `logging`. */
export interface LoggingOptions {
  /** Gets each entry: `(entry) => pino[entry.level](entry)`. What it throws is ignored: a log must not fail a call. */
  log: (entry: LogEntry) => void;
  /** Which side this is. */
  side: "client" | "server";
  /**
   * The level for a code; undefined is success. Default: client `info` for success and `warn` for errors; server `info` for
   * success and the caller's mistakes, `warn` for what may pass, `error` for Unknown, Internal, DataLoss, Unimplemented.
   */
  level?: (code: Code | undefined) => LogLevel;
  /** More fields, for example the request id. Fields whose name sounds like a secret are redacted. Default none. */
  fields?: (request: UnaryRequest | StreamRequest) => Record<string, unknown>;
  /**
   * Also log each message, at `debug`. Fields with the Protobuf option `debug_redact`, and those whose name sounds like a
   * secret, are redacted. Default false.
   */
  payload?: boolean;
  /** Field names that are redacted besides the built-in ones. Default none. */
  redact?: RegExp;
  /** Monotonic clock, in milliseconds. Default `performance.now`. */
  now?: () => number;
}
