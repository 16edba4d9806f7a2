/**
 * Why a server failed. The codes are stable; messages are not.
 *
 * - `invalid_options`: an option is missing or out of range; the message names it.
 * - `route_conflict`: two handlers claim one path, or an HTTP route covers the path of an RPC.
 * - `sealed`: a route was added after `createServer` had read the routes.
 * - `certificate_invalid`: a certificate or its key cannot be read, or the two do not belong together.
 * - `listen_failed`: the address is in use, or not ours to bind.
 * - `already_listening`: `listen` was called twice, or after `close`.
 */
export type ServerErrorCode =
  | "invalid_options"
  | "route_conflict"
  | "sealed"
  | "certificate_invalid"
  | "listen_failed"
  | "already_listening";

/** The only error class of this package. On the wire there are only `ConnectError`s. */
export class ServerError extends Error {
  override readonly name = "ServerError";
  readonly code: ServerErrorCode;

  constructor(code: ServerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
