/**
 * Why the service cannot run. The codes are stable; messages are not.
 *
 * - `invalid_config`: a variable of the environment is missing or wrong; the message names it.
 */
export type DocumentServiceErrorCode = "invalid_config";

/** The error class of this package. Failures of requests are outcomes, not errors: see `domain/outcome.ts`. */
export class DocumentServiceError extends Error {
  override readonly name = "DocumentServiceError";
  readonly code: DocumentServiceErrorCode;
  /** The variable of the environment. */
  readonly variable: string;

  constructor(code: DocumentServiceErrorCode, variable: string, problem: string, options?: ErrorOptions) {
    super(`${variable} ${problem}`, options);
    this.code = code;
    this.variable = variable;
  }
}
