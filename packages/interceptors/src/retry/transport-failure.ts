import { Code, ConnectError } from "@connectrpc/connect";

/**
 * What became of a request whose connection failed. `refused`: the server has not processed it, and says so (REFUSED_STREAM, or a
 * GOAWAY that does not cover it: RFC 9113, sections 6.8 and 8.7). `lost`: nobody knows.
 */
export type TransportFailure = "refused" | "lost";

/**
 * Recognises what connect-node makes of a stream that was refused, or went down with its connection: it has codes for neither, but
 * gives them as `Internal`, `Unavailable` or, though no caller cancelled anything, `Canceled`.
 */
export function transportFailure(error: ConnectError): TransportFailure | undefined {
  if (error.isWireError) {
    return undefined;
  }
  for (let reason: unknown = error; reason instanceof Error; reason = reason.cause) {
    const text = reason instanceof ConnectError ? reason.rawMessage : reason.message;
    if (/^(?:http\/2 s|S)tream closed with error code (?:NGHTTP2_)?REFUSED_STREAM\b/.test(text)) {
      return "refused";
    }
  }
  return error.code === Code.Canceled &&
    /^http\/2 stream closed with error code CANCEL\b/.test(error.rawMessage)
    ? "lost"
    : undefined;
}
