/**
 * Why the page cannot be served. The codes are stable; messages are not.
 *
 * - `invalid_options`: an option is wrong; the message names it.
 * - `bundle_failed`: the page's code cannot be bundled for a browser; the `cause` or the message says why.
 * - `listen_failed`: the address cannot be listened on; see the `cause`.
 */
export type WebErrorCode = "invalid_options" | "bundle_failed" | "listen_failed";

/** The only error class of this package's server side. */
export class WebError extends Error {
  override readonly name = "WebError";
  readonly code: WebErrorCode;

  constructor(code: WebErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
