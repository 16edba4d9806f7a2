import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import type { ErrorReporter } from "../report.ts";
import { race } from "./end-with-signal.ts";

type Gate = (context: HandlerContext) => void | Promise<void>;

/** Statuses that mean a fault of ours: what they hide from the caller must be told to the operator. */
const faults: ReadonlySet<Code> = new Set([Code.Internal, Code.Unknown, Code.DataLoss]);

/**
 * Makes the gate of all RPCs: fails closed when the authenticator does, does not wait for it past the call's deadline, and from then on
 * watches the call's end, to report the errors that reach the caller as "internal error" only.
 */
export function createRootGate(gate: Gate | undefined, report: ErrorReporter): Gate {
  return async (context) => {
    const { signal } = context;
    const procedure = `${context.service.typeName}/${context.method.name}`;
    const { protocolName: protocol } = context;
    // Connect aborts the context of each call when it is over: with the error that ended it, if any.
    signal.addEventListener(
      "abort",
      () => {
        if (isFault(signal.reason)) {
          report({ source: "call", procedure, protocol, error: signal.reason });
        }
      },
      { once: true },
    );
    if (gate === undefined) {
      return;
    }
    try {
      await race(signal, Promise.resolve(gate(context)));
    } catch (error) {
      if (error instanceof ConnectError) {
        throw error;
      }
      report({ source: "gate", procedure, protocol, error });
      throw new ConnectError("authentication is not available", Code.Unavailable);
    }
  };
}

function isFault(reason: unknown): boolean {
  if (reason instanceof ConnectError) {
    return faults.has(reason.code);
  }
  // A call that ended well aborts its context too, without a reason of its own.
  return !(reason instanceof DOMException && reason.name === "AbortError");
}
