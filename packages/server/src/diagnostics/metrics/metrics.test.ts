import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { EchoService } from "@wirehouse/proto-testkit/v1";
import { callEcho, openTransport, type RpcKind, startConnectEchoServer } from "@wirehouse/testkit";
import { describe, expect, it } from "vitest";
import { createHealth } from "../../health/index.ts";
import { startDiagnostics } from "../testing/start-diagnostics.ts";
import { createMetrics, type Metrics } from "./index.ts";

const kinds: [RpcKind, string, string][] = [
  ["unary", "unary", "UnaryEcho"],
  ["server_streaming", "server_stream", "ServerEcho"],
  ["client_streaming", "client_stream", "ClientEcho"],
  ["bidi_streaming", "bidi_stream", "BidiEcho"],
];

async function startPair(metrics: Metrics, inner: Interceptor[] = []) {
  const interceptors = [metrics.interceptor, ...inner];
  const server = await startConnectEchoServer({ router: { interceptors } });
  const transport = openTransport("grpc", server.url);
  return {
    server,
    transport: transport.transport,
    async [Symbol.asyncDispose]() {
      await transport.close();
      await server.close();
    },
  };
}

/** The values of one metric, by its labels without those that are the same everywhere. */
async function values(metrics: Metrics, name: string): Promise<Record<string, number>> {
  const text = await metrics.registry.getSingleMetricAsString(name);
  const lines = text.split("\n").filter((line) => line.startsWith(name));
  return Object.fromEntries(
    lines.map((line) => {
      const [, labels = "", value] = /^\S+?\{(.*)\} (\S+)$/.exec(line) ?? [];
      const all = Object.fromEntries(
        [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, one]) => [key, one]),
      );
      expect(all.grpc_service).toBe(EchoService.typeName);
      return [[all.grpc_type, all.grpc_method, all.grpc_code].filter(Boolean).join(" "), Number(value)];
    }),
  );
}

describe.each(kinds)("%s", (kind, type, method) => {
  const labels = `${type} ${method}`;

  it("counts calls, messages and results, and measures durations", async () => {
    let now = 0;
    const metrics = createMetrics({ now: () => now });
    const slow: Interceptor = (next) => (request) => {
      now += 300;
      return next(request);
    };
    await using pair = await startPair(metrics, [slow]);
    expect((await callEcho(kind, pair.transport)).error).toBeUndefined();
    const failing = { script: { failCode: Code.NotFound } };
    expect((await callEcho(kind, pair.transport, failing)).error).toMatchObject({ code: Code.NotFound });
    await pair.server.untilOpenStreams(0);
    expect(await values(metrics, "grpc_server_started_total")).toEqual({ [labels]: 2 });
    expect(await values(metrics, "grpc_server_handled_total")).toEqual({
      [`${labels} OK`]: 1,
      [`${labels} NotFound`]: 1,
    });
    expect(await values(metrics, "grpc_server_in_flight")).toEqual({ [labels]: 0 });
    expect((await values(metrics, "grpc_server_msg_received_total"))[labels]).toBeGreaterThanOrEqual(2);
    expect((await values(metrics, "grpc_server_msg_sent_total"))[labels]).toBeGreaterThanOrEqual(1);
    const seconds = await metrics.registry.getSingleMetricAsString("grpc_server_handling_seconds");
    expect(seconds).toMatch(/_bucket\{le="0.25",[^}]*grpc_code="OK"\} 0\n/);
    expect(seconds).toMatch(/_sum\{[^}]*grpc_code="OK"\} 0.3\n/);
  });

  it("counts a call that its client gave up as ended, a unary one only once its handler has", async () => {
    const metrics = createMetrics();
    await using pair = await startPair(metrics);
    const leave = new AbortController();
    const script = { hold: true, messages: 1, callId: "held" };
    const call = callEcho(kind, pair.transport, { script, signal: leave.signal });
    await pair.server.scripts.untilHeld("held");
    expect(await values(metrics, "grpc_server_in_flight")).toEqual({ [labels]: 1 });
    leave.abort();
    expect((await call).error).toMatchObject({ code: Code.Canceled });
    await pair.server.untilOpenStreams(0);
    expect(await values(metrics, "grpc_server_in_flight")).toEqual({ [labels]: kind === "unary" ? 1 : 0 });
    pair.server.scripts.release("held");
    await new Promise((resolve) => setImmediate(resolve));
    expect(await values(metrics, "grpc_server_in_flight")).toEqual({ [labels]: 0 });
    expect(Object.values(await values(metrics, "grpc_server_handled_total"))).toEqual([1]);
  });
});

it("counts what the gate refuses, once, and what it lets pass, once", async () => {
  const metrics = createMetrics();
  let isOpen = false;
  const gate = metrics.gate(() => {
    if (!isOpen) {
      throw new ConnectError("who are you?", Code.Unauthenticated);
    }
  });
  await using server = await startConnectEchoServer({
    router: { interceptors: [metrics.interceptor], requestGate: gate },
  });
  await using opened = openTransport("connect", server.url);
  // The test kit's own gate stands in front: call ours as Connect would.
  const context = { service: EchoService, method: EchoService.method.unaryEcho } as never;
  await expect(gate(context)).rejects.toMatchObject({ code: Code.Unauthenticated });
  isOpen = true;
  await gate(context);
  await callEcho("unary", opened.transport);
  expect(await values(metrics, "grpc_server_started_total")).toEqual({ "unary UnaryEcho": 2 });
  expect(await values(metrics, "grpc_server_handled_total")).toEqual({
    "unary UnaryEcho Unauthenticated": 1,
    "unary UnaryEcho OK": 1,
  });
});

it("counts what is thrown and is no ConnectError as Internal, which is what is sent", async () => {
  const metrics = createMetrics();
  const broken: Interceptor = () => () => Promise.reject(new TypeError("a defect"));
  await using pair = await startPair(metrics, [broken]);
  expect((await callEcho("unary", pair.transport)).error).toMatchObject({ code: Code.Internal });
  expect(await values(metrics, "grpc_server_handled_total")).toEqual({ "unary UnaryEcho Internal": 1 });
});

it("/metrics has those of the process, of the server and of RPCs, each described once", async () => {
  const metrics = createMetrics();
  const health = createHealth({
    services: [EchoService],
    dependencies: [{ name: "database", check: () => Promise.resolve() }],
  });
  const stats = () => ({ connections: 3, streams: 2, calls: 1 });
  const { send } = await startDiagnostics({ metrics, health, stats });
  const before = (await send("/metrics")).body.toString();
  expect(before).toContain(`wirehouse_health_serving{grpc_service="${EchoService.typeName}"} 0\n`);
  expect(before).not.toContain("wirehouse_dependency_check_age_seconds{");
  health.start();
  await health.checked();
  const { headers, body } = await send("/metrics");
  health.close();
  expect(headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
  const text = body.toString();
  for (const line of [
    /^process_cpu_seconds_total \d/m,
    /^nodejs_eventloop_lag_p99_seconds \d/m,
    /^wirehouse_server_open\{kind="streams"\} 2$/m,
    /^wirehouse_health_serving\{grpc_service=""\} 1$/m,
    /^wirehouse_dependency_up\{dependency="database"\} 1$/m,
    /^wirehouse_dependency_check_age_seconds\{dependency="database"\} \d/m,
    /^# TYPE grpc_server_handling_seconds histogram$/m,
  ]) {
    expect(text).toMatch(line);
  }
  const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
  expect(new Set(names).size).toBe(names.length);
});
