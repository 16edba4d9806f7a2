/** An error that the caller was not told, or that belongs to no call. It carries no header, body, token or query string. */
export type ServerErrorEvent =
  /** A call ended with something else than a `ConnectError`, or with `Internal`, `Unknown` or `DataLoss`. */
  | {
      readonly source: "call";
      /** For example "partner.document.service.v1.DocumentService/GetDocument". */
      readonly procedure: string;
      /** "grpc", "grpc-web" or "connect". */
      readonly protocol: string;
      readonly error: unknown;
    }
  /** The authenticator failed with something else than a `ConnectError`: the call was refused with `Unavailable`. */
  | {
      readonly source: "gate";
      readonly procedure: string;
      readonly protocol: string;
      readonly error: unknown;
    }
  /** The handler of an HTTP route threw: the answer was 500. `route` is its path as registered. */
  | { readonly source: "http"; readonly method: string; readonly route: string; readonly error: unknown }
  /** A new certificate was not taken; the old one stays in use. */
  | { readonly source: "certificate"; readonly error: unknown }
  /** Something went wrong in the server itself. */
  | { readonly source: "server"; readonly error: unknown };

/** Takes errors. It must not throw; if it does, the event goes to standard error. */
export type ErrorReporter = (event: ServerErrorEvent) => void;

/** Where errors go: to the service's hook, else to standard error as one line of JSON. */
export function createReporter(onError: ErrorReporter | undefined): ErrorReporter {
  return (event) => {
    try {
      (onError ?? writeLine)(event);
    } catch (error) {
      writeLine(event);
      writeLine({ source: "server", error });
    }
  };
}

function writeLine(event: ServerErrorEvent): void {
  const { error, ...where } = event;
  const { name, message, stack, cause } =
    error instanceof Error
      ? error
      : { name: typeof error, message: String(error), stack: "", cause: undefined };
  const told = cause instanceof Error ? { cause: `${cause.name}: ${cause.message}` } : {};
  process.stderr.write(`${JSON.stringify({ level: "error", ...where, name, message, ...told, stack })}\n`);
}
