const unitMs: Record<string, number> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };
const grpcHeader = "grpc-timeout";
const connectHeader = "connect-timeout-ms";

/**
 * The timeout that a call's headers state, in milliseconds, or undefined: `grpc-timeout` (gRPC over HTTP/2, "Requests")
 * or `connect-timeout-ms` (Connect protocol, "Timeout").
 */
export function readTimeoutMs(header: Headers): number | undefined {
  const connect = header.get(connectHeader);
  if (connect !== null && /^\d{1,10}$/.test(connect)) {
    return Number(connect);
  }
  const grpc = /^(\d{1,8})([HMSmun])$/.exec(header.get(grpcHeader) ?? "");
  return grpc === null ? undefined : Number(grpc[1]) * (unitMs[grpc[2] ?? ""] ?? 1);
}

/** Writes a timeout in the header of the protocol that the request already uses (by its content type). */
export function writeTimeoutMs(header: Headers, timeoutMs: number): void {
  const ms = Math.max(1, Math.floor(timeoutMs));
  if (header.has(connectHeader) || !(header.get("content-type") ?? "").startsWith("application/grpc")) {
    // At most ten digits are allowed.
    header.set(connectHeader, String(Math.min(ms, 9_999_999_999)));
  } else {
    // At most eight digits are allowed.
    header.set(grpcHeader, ms <= 99_999_999 ? `${ms}m` : `${Math.min(Math.floor(ms / 1000), 99_999_999)}S`);
  }
}
