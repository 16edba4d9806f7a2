/**
 * Why the platform cannot run. The codes are stable; messages are not.
 *
 * - `invalid_options`: an option or a variable of the environment is wrong; the message names it.
 * - `generate_failed`: the generated code cannot be brought up to date.
 * - `already_running`: a platform runs on this data folder.
 * - `port_taken`: something else listens on a port; the message names it, and how to choose another.
 * - `service_ended`: a service ended that should not have.
 * - `service_late`: a service was not ready in time.
 * - `operator_unknown`: the identity database has another first operator than the one in the data folder.
 * - `not_running`: no platform runs on this data folder.
 * - `content_damaged`: what was downloaded is not what the server says it is.
 * - `demo_failed`: something did not keep working.
 */
export type PlatformErrorCode =
  | "invalid_options"
  | "generate_failed"
  | "already_running"
  | "port_taken"
  | "service_ended"
  | "service_late"
  | "operator_unknown"
  | "not_running"
  | "content_damaged"
  | "demo_failed";

/** The error class of this package. Failed calls are `ConnectError`s. */
export class PlatformError extends Error {
  override readonly name = "PlatformError";
  readonly code: PlatformErrorCode;

  constructor(code: PlatformErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
