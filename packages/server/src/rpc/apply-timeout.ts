import type { DescMethod } from "@bufbuild/protobuf";
import type { ServerLimits } from "../limits.ts";

const unitMs: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/**
 * Makes the deadline of a call finite: a unary call without one gets the default, a longer one than allowed is shortened. Connect
 * would refuse the longer one, though all that a caller says by it is how long it is ready to wait.
 * A malformed header is left for Connect to refuse.
 */
export function applyTimeout(
  header: Headers,
  isConnect: boolean,
  method: DescMethod,
  limits: Pick<ServerLimits, "defaultTimeoutMs" | "maxTimeoutMs">,
): void {
  const name = isConnect ? "connect-timeout-ms" : "grpc-timeout";
  const asked = header.get(name);
  let timeoutMs: number;
  if (asked === null) {
    if (method.methodKind !== "unary") {
      return;
    }
    timeoutMs = Math.min(limits.defaultTimeoutMs, limits.maxTimeoutMs);
  } else {
    const given = isConnect ? parseConnect(asked) : parseGrpc(asked);
    if (given === undefined || given <= limits.maxTimeoutMs) {
      return;
    }
    timeoutMs = limits.maxTimeoutMs;
  }
  header.set(name, isConnect ? `${timeoutMs}` : formatGrpc(timeoutMs));
}

function parseConnect(text: string): number | undefined {
  return /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

function parseGrpc(text: string): number | undefined {
  const match = /^(\d{1,8})([HMSmun])$/.exec(text);
  return match === null ? undefined : Number(match[1]) * (unitMs[match[2] as string] as number);
}

/** At most eight digits (gRPC over HTTP/2, "Requests"): over 27 hours in whole seconds. */
function formatGrpc(timeoutMs: number): string {
  return timeoutMs < 1e8 ? `${timeoutMs}m` : `${Math.floor(timeoutMs / 1000)}S`;
}
