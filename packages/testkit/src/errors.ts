/** What went wrong in a test's own set-up. The codes are stable. */
export type TestkitErrorCode = "not_listening" | "sleep_aborted";

/** The only error class of this package. `code` is stable, `message` says what to do next. */
export class TestkitError extends Error {
  override readonly name = "TestkitError";
  readonly code: TestkitErrorCode;

  constructor(code: TestkitErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
