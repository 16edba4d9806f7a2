import type { DescMessage, Message } from "@bufbuild/protobuf";
import { Code, type Interceptor } from "@connectrpc/connect";
import { observeCall } from "../internal/observe-call.ts";
import { codeName, fullMethod, protocolOf } from "../internal/rpc-names.ts";
import { monotonicNow } from "../internal/time.ts";
import type { LogEntry, LoggingOptions, LogLevel } from "./options.ts";
import { createIsSecret, redactFields, redactMessage, redactText } from "./redact.ts";

const serverFaults: ReadonlySet<Code> = new Set([
  Code.Unknown,
  Code.Internal,
  Code.DataLoss,
  Code.Unimplemented,
]);
const mayPass: ReadonlySet<Code> = new Set([
  Code.DeadlineExceeded,
  Code.ResourceExhausted,
  Code.Unavailable,
  Code.Aborted,
]);

/**
 * Logs each finished call as one structured entry, on clients and servers, for unary calls and streams. Headers are never
 * logged, payloads only when asked for.
 */
export function logging(options: LoggingOptions): Interceptor {
  const { side } = options;
  const level = options.level ?? (side === "server" ? serverLevel : clientLevel);
  const now = options.now ?? monotonicNow;
  const isSecret = createIsSecret(options.redact);
  const log = (entry: LogEntry): void => {
    try {
      options.log(entry);
    } catch {
      // A log must not fail a call.
    }
  };
  return (next) => (request) => {
    const startedAt = now();
    const { method } = request;
    const call = {
      side,
      method: fullMethod(request),
      kind: method.methodKind,
      protocol: protocolOf(request),
    } as const;
    const payload = (direction: "request" | "response", desc: DescMessage) => (message: unknown) =>
      log({
        level: "debug",
        message: "rpc message",
        ...call,
        direction,
        payload: redactMessage(desc, message as Message, isSecret),
      });
    return observeCall(next, request, {
      ...(options.payload === true
        ? { request: payload("request", method.input), response: payload("response", method.output) }
        : {}),
      end({ error, requests, responses }) {
        const code = error?.code;
        const fields = options.fields?.(request);
        log({
          level: level(code),
          message: "rpc finished",
          ...call,
          code: codeName(code),
          durationMs: now() - startedAt,
          requests,
          responses,
          ...(error === undefined ? {} : { error: redactText(error.rawMessage) }),
          ...(fields === undefined ? {} : { fields: redactFields(fields, isSecret) }),
        });
      },
    });
  };
}

function clientLevel(code: Code | undefined): LogLevel {
  return code === undefined ? "info" : "warn";
}

function serverLevel(code: Code | undefined): LogLevel {
  if (code === undefined) {
    return "info";
  }
  return serverFaults.has(code) ? "error" : mayPass.has(code) ? "warn" : "info";
}
