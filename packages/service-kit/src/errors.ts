/**
 * The codes are stable; messages are not.
 *
 * - `invalid_config`: a variable of the environment is missing or wrong; `variable` and the message name it.
 */
export type ServiceKitErrorCode = "invalid_config";

/** The only error class of this package. */
export class ServiceKitError extends Error {
  override readonly name = "ServiceKitError";
  readonly code: ServiceKitErrorCode;
  /** The variable of the environment. */
  readonly variable: string;

  constructor(code: ServiceKitErrorCode, variable: string, problem: string, options?: ErrorOptions) {
    super(`${variable} ${problem}`, options);
    this.code = code;
    this.variable = variable;
  }
}
