import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { Code, type HandlerContext, type Interceptor } from "@connectrpc/connect";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { codeOf, observeCall } from "./observe-call.ts";

/** Options of `createMetrics`. */
export interface MetricsOptions {
  /** Upper bounds of the histogram of durations, in seconds. Default 5 ms to 10 s, as in Prometheus' client libraries. */
  buckets?: readonly number[];
  /** Monotonic clock, in milliseconds. Default `performance.now`. */
  now?: () => number;
}

/** Connect's `requestGate`. */
export type RequestGate = (context: HandlerContext) => void | Promise<void>;

/** Counts of RPCs, for Prometheus. */
export interface Metrics {
  /** Holds them; add what your service measures itself. */
  readonly registry: Registry;
  /** Server interceptor. The outermost one counts what the others refuse, too. */
  readonly interceptor: Interceptor;
  /** The same gate (default: one that lets everything pass), its refusals counted: those never reach an interceptor. */
  gate(gate?: RequestGate): RequestGate;
}

const defaultBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const kinds = {
  unary: "unary",
  server_streaming: "server_stream",
  client_streaming: "client_stream",
  bidi_streaming: "bidi_stream",
} as const;
const method = ["grpc_type", "grpc_service", "grpc_method"] as const;

/**
 * Creates counters with the names and labels of go-grpc-middleware's Prometheus metrics, so that dashboards made for them
 * work: `grpc_server_started_total`, `grpc_server_handled_total` and the histogram `grpc_server_handling_seconds` by code,
 * `grpc_server_msg_received_total`, `grpc_server_msg_sent_total`; besides, `grpc_server_in_flight`. Labels come from
 * descriptors and codes only: what a client sends makes no new series.
 */
export function createMetrics(options: MetricsOptions = {}): Metrics {
  const now = options.now ?? (() => performance.now());
  const registry = new Registry();
  const registers = [registry];
  const started = new Counter({
    name: "grpc_server_started_total",
    help: "RPCs started on the server.",
    labelNames: method,
    registers,
  });
  const handled = new Counter({
    name: "grpc_server_handled_total",
    help: "RPCs completed on the server, regardless of success or failure.",
    labelNames: [...method, "grpc_code"],
    registers,
  });
  const received = new Counter({
    name: "grpc_server_msg_received_total",
    help: "RPC stream messages received on the server.",
    labelNames: method,
    registers,
  });
  const sent = new Counter({
    name: "grpc_server_msg_sent_total",
    help: "RPC stream messages sent by the server.",
    labelNames: method,
    registers,
  });
  const inFlight = new Gauge({
    name: "grpc_server_in_flight",
    help: "RPCs that have started and not ended.",
    labelNames: method,
    registers,
  });
  const seconds = new Histogram({
    name: "grpc_server_handling_seconds",
    help: "Duration of RPCs until the server was done with them.",
    labelNames: [...method, "grpc_code"],
    buckets: [...(options.buckets ?? defaultBuckets)],
    registers,
  });

  function begin(call: { service: DescService; method: DescMethod }, startedAt = now()) {
    const labels = {
      grpc_type: kinds[call.method.methodKind],
      grpc_service: call.service.typeName,
      grpc_method: call.method.name,
    };
    started.inc(labels);
    inFlight.inc(labels);
    return {
      received: () => received.inc(labels),
      sent: () => sent.inc(labels),
      ended(code: Code | undefined) {
        const outcome = { ...labels, grpc_code: code === undefined ? "OK" : Code[code] };
        inFlight.dec(labels);
        handled.inc(outcome);
        seconds.observe(outcome, (now() - startedAt) / 1_000);
      },
    };
  }

  return {
    registry,
    interceptor: (next) => (request) => observeCall(next, request, begin(request)),
    gate:
      (gate = () => {}) =>
      async (context) => {
        const startedAt = now();
        try {
          await gate(context);
        } catch (reason) {
          // Counted only now: what passes is counted by the interceptor.
          begin(context, startedAt).ended(codeOf(reason));
          throw reason;
        }
      },
  };
}
