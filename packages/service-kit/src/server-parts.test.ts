import { Code, ConnectError, type ConnectRouter, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { Health } from "@wirehouse/proto-grpc-health/v1";
import { EchoService } from "@wirehouse/proto-testkit/v1";
import { createServer } from "@wirehouse/server";
import { createTestClock } from "@wirehouse/testkit";
import { expect, onTestFinished, test } from "vitest";
import { createJsonLog } from "./log.ts";
import { readServerConfig } from "./server-config.ts";
import { serverParts } from "./server-parts.ts";
import { type Environment, readSettings } from "./settings.ts";

async function start(env: Environment, unaryEcho: () => object) {
  const lines: string[] = [];
  const clock = createTestClock();
  const config = readServerConfig(readSettings(env), { port: 0, databaseUrl: "sqlite::memory:" });
  const server = createServer({
    routes: (router: ConnectRouter) => void router.service(EchoService, { unaryEcho }),
    auth: { insecure: true },
    ...serverParts(config, {
      log: createJsonLog("info", (line) => lines.push(line)),
      pingDatabase: async () => undefined,
      now: clock.now,
    }),
  });
  const { url } = await server.listen();
  onTestFinished(() => server.close({ grace: 0 }));
  const transport = createGrpcTransport({ baseUrl: url });
  const logged = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return {
    clock,
    logged,
    echo: createClient(EchoService, transport),
    health: createClient(Health, transport),
  };
}

const failed = (call: Promise<unknown>) => call.then(() => undefined, ConnectError.from);

test("a caller beyond its rate is told when to come back; health checks are never refused", async () => {
  const { clock, echo, health } = await start(
    { RATE_LIMIT_PER_SECOND: "2", RATE_LIMIT_BURST: "3" },
    () => ({}),
  );
  for (let index = 0; index < 3; index++) {
    await echo.unaryEcho({});
  }
  const refused = await failed(echo.unaryEcho({}));
  expect([refused?.code, refused?.metadata.get("grpc-retry-pushback-ms")]).toEqual([
    Code.ResourceExhausted,
    "500",
  ]);
  for (let index = 0; index < 10; index++) {
    await health.check({});
  }
  clock.advance(500);
  await echo.unaryEcho({});
});

test("behind a trusted proxy callers are counted by the address that it names", async () => {
  const { echo } = await start(
    { RATE_LIMIT_PER_SECOND: "1", RATE_LIMIT_BURST: "1", TRUSTED_PROXIES: "127.0.0.0/8" },
    () => ({}),
  );
  const from = (address: string) =>
    failed(echo.unaryEcho({}, { headers: { "x-forwarded-for": address } })).then((error) => error?.code);
  expect([await from("203.0.113.1"), await from("203.0.113.2"), await from("203.0.113.1")]).toEqual([
    undefined,
    undefined,
    Code.ResourceExhausted,
  ]);
});

test("with a limit of 0 nobody is refused", async () => {
  const { echo } = await start({ RATE_LIMIT_PER_SECOND: "0" }, () => ({}));
  await Promise.all(Array.from({ length: 50 }, () => echo.unaryEcho({})));
});

test("a fault is told to the log, with its cause, and not to the caller, under one request id", async () => {
  const { echo, logged } = await start({}, () => {
    throw new TypeError("the inner workings", { cause: new Error("deeper") });
  });
  const error = await failed(echo.unaryEcho({}, { headers: { "x-request-id": "r-1" } }));
  expect([error?.code, error?.rawMessage]).toEqual([Code.Internal, "internal error"]);
  expect(logged()).toContainEqual(
    expect.objectContaining({
      message: "a handler failed",
      error: expect.objectContaining({
        name: "TypeError",
        message: "the inner workings",
        cause: expect.objectContaining({ message: "deeper" }),
      }),
    }),
  );
  expect(logged()).toContainEqual(
    expect.objectContaining({
      message: "rpc finished",
      code: "INTERNAL",
      fields: { requestId: "r-1", address: "127.0.0.1" },
    }),
  );
});
