import { Code, type Interceptor, type StreamRequest, type UnaryRequest } from "@connectrpc/connect";
import {
  type Attributes,
  context,
  type Histogram,
  metrics,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { observeCall } from "../internal/observe-call.ts";
import { codeName, fullMethod, protocolOf } from "../internal/rpc-names.ts";
import { monotonicNow } from "../internal/time.ts";
import type { TelemetryOptions } from "./options.ts";

const scope = "@wirehouse/interceptors";
/** The buckets that the conventions ask for, in seconds. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
/** Codes that are a server's own fault (semantic conventions for gRPC, "Server"). */
const serverErrors: ReadonlySet<Code> = new Set([
  Code.Unknown,
  Code.DeadlineExceeded,
  Code.Unimplemented,
  Code.Internal,
  Code.Unavailable,
  Code.DataLoss,
]);

/**
 * Client interceptor: a CLIENT span and `rpc.client.call.duration` for each call, by the OpenTelemetry semantic conventions
 * for RPC; the trace context goes along in the headers. Neither headers nor messages are recorded.
 */
export function clientTelemetry(options: TelemetryOptions = {}): Interceptor {
  const { now, tracer, duration } = instruments("rpc.client.call.duration", options);
  return (next) => (request) => {
    const attributes = { ...describe(request), ...serverOf(request.url) };
    const span = tracer.startSpan(fullMethod(request), { kind: SpanKind.CLIENT, attributes });
    const active = trace.setSpan(context.active(), span);
    const header = new Headers(request.header);
    propagation.inject(active, header, { set: (carrier, key, value) => carrier.set(key, value) });
    const startedAt = now();
    return context.with(active, () =>
      observeCall(
        next,
        { ...request, header },
        {
          end({ error }) {
            finish({
              span,
              duration,
              attributes,
              request,
              code: error?.code,
              isError: error !== undefined,
              seconds: (now() - startedAt) / 1000,
            });
          },
        },
      ),
    );
  };
}

/**
 * Server interceptor: a SERVER span and `rpc.server.call.duration` for each call, by the OpenTelemetry semantic conventions
 * for RPC, as a part of the caller's trace. Handlers run with the span active.
 */
export function serverTelemetry(options: TelemetryOptions = {}): Interceptor {
  const { now, tracer, duration } = instruments("rpc.server.call.duration", options);
  return (next) => (request) => {
    const parent =
      options.trustIncoming === false
        ? ROOT_CONTEXT
        : propagation.extract(ROOT_CONTEXT, request.header, {
            get: (carrier, key) => carrier.get(key) ?? undefined,
            keys: (carrier) => [...carrier.keys()],
          });
    const attributes = { ...describe(request), ...serverOf(request.url) };
    const span = tracer.startSpan(fullMethod(request), { kind: SpanKind.SERVER, attributes }, parent);
    const startedAt = now();
    const active = trace.setSpan(parent, span);
    // A handler's generator runs when it is read, outside of this function: bind it too.
    const bound: typeof next = (inner) =>
      context.with(active, () => next(inner)).then((response) => bind(active, response));
    return observeCall(bound, request, {
      end({ error }) {
        const isError = error !== undefined && serverErrors.has(error.code);
        finish({
          span,
          duration,
          attributes,
          request,
          code: error?.code,
          isError,
          seconds: (now() - startedAt) / 1000,
        });
      },
    });
  };
}

function bind<R extends { stream: boolean; message: unknown }>(
  active: ReturnType<typeof context.active>,
  response: R,
): R {
  if (!response.stream) {
    return response;
  }
  const iterator = (response.message as AsyncIterable<unknown>)[Symbol.asyncIterator]();
  const message = {
    [Symbol.asyncIterator]: () => ({ next: () => context.with(active, () => iterator.next()) }),
  };
  return { ...response, message };
}

function instruments(name: string, options: TelemetryOptions) {
  const tracer = (options.tracerProvider ?? trace).getTracer(scope);
  const duration = (options.meterProvider ?? metrics).getMeter(scope).createHistogram(name, {
    unit: "s",
    description: "Measures the duration of RPCs.",
    advice: { explicitBucketBoundaries: buckets },
  });
  return { tracer, duration, now: options.now ?? monotonicNow };
}

interface Finished {
  span: ReturnType<ReturnType<typeof trace.getTracer>["startSpan"]>;
  duration: Histogram;
  attributes: Attributes;
  request: UnaryRequest | StreamRequest;
  code: Code | undefined;
  isError: boolean;
  seconds: number;
}

function finish({ span, duration, attributes, request, code, isError, seconds }: Finished): void {
  const name = codeName(code);
  // Connect's own names are in lower case, and success has none.
  const status = protocolOf(request) === "connect" ? name.toLowerCase() : name;
  const outcome: Attributes = {
    ...(protocolOf(request) === "connect" && code === undefined
      ? {}
      : { "rpc.response.status_code": status }),
    ...(isError ? { "error.type": status } : {}),
  };
  span.setAttributes(outcome);
  if (isError) {
    // Without the message: it may repeat what the caller sent.
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end();
  duration.record(seconds, { ...attributes, ...outcome });
}

function describe(request: UnaryRequest | StreamRequest): Attributes {
  return {
    "rpc.system.name": protocolOf(request) === "connect" ? "connectrpc" : "grpc",
    "rpc.method": fullMethod(request),
  };
}

function serverOf(url: string): Attributes {
  try {
    const { hostname, port, protocol } = new URL(url);
    return { "server.address": hostname, "server.port": Number(port || (protocol === "https:" ? 443 : 80)) };
  } catch {
    // A relative base URL in a browser.
    return {};
  }
}
