import { Code, type Interceptor } from "@connectrpc/connect";
import {
  context,
  propagation,
  SpanKind,
  SpanStatusCode,
  type TextMapPropagator,
  TraceFlags,
  trace,
} from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { callEcho } from "@wirehouse/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { grid, startPair } from "../testing/grid.ts";
import { clientTelemetry, serverTelemetry } from "./index.ts";

const spans = new InMemorySpanExporter();
const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spans })] });
const measured = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter: measured, exportIntervalMillis: 3_600_000 });
const meterProvider = new MeterProvider({ readers: [reader] });
const providers = { tracerProvider, meterProvider };
const endpointName = {
  unary: "UnaryEcho",
  server_streaming: "ServerEcho",
  client_streaming: "ClientEcho",
  bidi_streaming: "BidiEcho",
};

/** `traceparent` of W3C Trace Context, as far as these tests need it. */
const traceparent: TextMapPropagator = {
  fields: () => ["traceparent"],
  inject(active, carrier, setter) {
    const span = trace.getSpanContext(active);
    setter.set(carrier, "traceparent", `00-${span?.traceId}-${span?.spanId}-01`);
  },
  extract(active, carrier, getter) {
    const [, traceId, spanId] = String(getter.get(carrier, "traceparent") ?? "").split("-");
    return traceId === undefined || spanId === undefined
      ? active
      : trace.setSpanContext(active, { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true });
  },
};

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(traceparent);
});
afterAll(async () => {
  context.disable();
  propagation.disable();
  await meterProvider.shutdown();
});
beforeEach(() => spans.reset());

describe.each(grid)("$protocol, $kind", ({ protocol, kind }) => {
  const system = protocol === "connect" ? "connectrpc" : "grpc";
  const method = `wirehouse.testkit.v1.EchoService/${endpointName[kind]}`;

  it("a client span and a server span in one trace, by the semantic conventions", async () => {
    const inHandler: (string | undefined)[] = [];
    const spy: Interceptor = (next) => (request) => {
      inHandler.push(trace.getActiveSpan()?.spanContext().spanId);
      return next(request);
    };
    await using pair = await startPair(protocol, {
      client: [clientTelemetry(providers)],
      server: [serverTelemetry(providers), spy],
    });
    expect((await callEcho(kind, pair.transport)).error).toBeUndefined();
    await pair.server.untilOpenStreams(0);
    const [client, server] = [SpanKind.CLIENT, SpanKind.SERVER].map((one) =>
      spans.getFinishedSpans().find((s) => s.kind === one),
    );
    expect.assert(client !== undefined && server !== undefined);
    expect(server.spanContext().traceId).toBe(client.spanContext().traceId);
    expect(server.parentSpanContext?.spanId).toBe(client.spanContext().spanId);
    expect(inHandler).toEqual([server.spanContext().spanId]);
    const { port } = new URL(pair.server.url);
    for (const span of [client, server]) {
      expect(span.name).toBe(method);
      expect(span.attributes).toEqual({
        "rpc.system.name": system,
        "rpc.method": method,
        "server.address": "127.0.0.1",
        "server.port": Number(port),
        ...(protocol === "connect" ? {} : { "rpc.response.status_code": "OK" }),
      });
      expect(span.status.code).toBe(SpanStatusCode.UNSET);
    }
  });

  it("an error has its code; a caller's mistake is not the server's error", async () => {
    await using pair = await startPair(protocol, {
      client: [clientTelemetry(providers)],
      server: [serverTelemetry(providers)],
    });
    await callEcho(kind, pair.transport, { script: { failCode: Code.NotFound } });
    await callEcho(kind, pair.transport, { script: { failCode: Code.DataLoss } });
    await pair.server.untilOpenStreams(0);
    const lower = (code: string) => (protocol === "connect" ? code.toLowerCase() : code);
    const seen = spans
      .getFinishedSpans()
      .map((s) => [
        SpanKind[s.kind],
        s.attributes["rpc.response.status_code"],
        s.attributes["error.type"],
        s.status.code,
      ]);
    const [notFound, dataLoss] = [lower("NOT_FOUND"), lower("DATA_LOSS")];
    expect(seen.sort()).toEqual([
      ["CLIENT", dataLoss, dataLoss, SpanStatusCode.ERROR],
      ["CLIENT", notFound, notFound, SpanStatusCode.ERROR],
      ["SERVER", dataLoss, dataLoss, SpanStatusCode.ERROR],
      ["SERVER", notFound, undefined, SpanStatusCode.UNSET],
    ]);
  });
});

it("measures durations in seconds on both sides", async () => {
  let now = 0;
  const options = { ...providers, now: () => now };
  const later: Interceptor = (next) => (request) => {
    now += 250;
    return next(request);
  };
  await using pair = await startPair("grpc", {
    client: [clientTelemetry(options)],
    server: [serverTelemetry(options), later],
  });
  await callEcho("unary", pair.transport);
  await meterProvider.forceFlush();
  const found =
    measured
      .getMetrics()
      .at(-1)
      ?.scopeMetrics.flatMap((scope) => scope.metrics) ?? [];
  expect(found.map((metric) => metric.descriptor.name).sort()).toEqual(
    expect.arrayContaining(["rpc.client.call.duration", "rpc.server.call.duration"]),
  );
  const port = Number(new URL(pair.server.url).port);
  for (const metric of found) {
    const point = metric.dataPoints.find((p) => p.attributes["server.port"] === port);
    expect(metric.descriptor.unit).toBe("s");
    expect(point?.value).toMatchObject({ sum: 0.25 });
  }
});

it("trustIncoming: false starts a trace of its own", async () => {
  await using pair = await startPair("grpc", {
    client: [clientTelemetry(providers)],
    server: [serverTelemetry({ ...providers, trustIncoming: false })],
  });
  await callEcho("unary", pair.transport);
  const traces = new Set(spans.getFinishedSpans().map((span) => span.spanContext().traceId));
  expect(traces.size).toBe(2);
});
