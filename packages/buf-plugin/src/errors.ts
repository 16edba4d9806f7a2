/** Stable codes of everything this package throws on purpose. */
export type ErrorCode =
  /** The program was called in a way that pluginrpc does not have: exit code 1, and a text on standard error. */
  | "USAGE"
  /** A request that cannot be answered: `INVALID_ARGUMENT` in the response. */
  | "REQUEST";

/** An error of the caller. Whatever else is thrown is a fault of this package, and answered as `INTERNAL`. */
export class PluginError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "PluginError";
    this.code = code;
  }
}

/** What an error says, without its stack. */
export function messageOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}
