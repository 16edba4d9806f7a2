import { Code, ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import { HealthCheckResponse_ServingStatus, Health as HealthService } from "@wirehouse/proto-grpc-health/v1";
import { EchoService } from "@wirehouse/proto-testkit/v1";
import { createTestClock } from "@wirehouse/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { createHealth, type HealthDependency, type HealthOptions } from "./index.ts";

const { SERVING, NOT_SERVING, SERVICE_UNKNOWN } = HealthCheckResponse_ServingStatus;
const echo = EchoService.typeName;

function start(options: Partial<HealthOptions> = {}) {
  const clock = createTestClock();
  const health = createHealth({ services: [EchoService], ...clock, random: () => 0.5, ...options });
  onTestFinished(() => health.close());
  const client = createClient(
    HealthService,
    createRouterTransport((router) => health.routes(router)),
  );
  const check = async (service: string) => (await client.check({ service })).status;
  return { clock, health, client, check };
}

/** A dependency whose checks end as the test says. */
function scripted(overrides: Partial<HealthDependency> = {}) {
  const pending: { resolve: () => void; reject: (reason: unknown) => void; signal: AbortSignal }[] = [];
  let started = 0;
  const waiters: (() => void)[] = [];
  const dependency: HealthDependency = {
    name: "database",
    intervalMs: 1_000,
    timeoutMs: 100,
    check: (signal) =>
      new Promise((resolve, reject) => {
        started++;
        pending.push({ resolve, reject, signal });
        waiters.shift()?.();
      }),
    ...overrides,
  };
  return {
    dependency,
    get started() {
      return started;
    },
    /** The next check that was started. */
    async next() {
      if (pending.length === 0) {
        await new Promise<void>((resolve) => waiters.push(resolve));
      }
      const [check] = pending.splice(0, 1);
      expect.assert(check !== undefined);
      return check;
    },
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("Check and List", () => {
  it("answer for the server, its services, and nothing else", async () => {
    const { check, client } = start();
    expect(await check("")).toBe(SERVING);
    expect(await check(echo)).toBe(SERVING);
    const unknown = await client.check({ service: "nobody.Service" }).catch(ConnectError.from);
    expect(unknown).toMatchObject({ code: Code.NotFound });
    const { statuses } = await client.list({});
    expect(Object.entries(statuses).map(([name, { status }]) => [name, status])).toEqual([
      ["", SERVING],
      [echo, SERVING],
    ]);
  });

  it("follow what is said by hand; with all services down the server is too", async () => {
    const { check, health } = start();
    health.setStatus(EchoService, "not_serving");
    expect([await check(""), await check(echo)]).toEqual([NOT_SERVING, NOT_SERVING]);
    health.setStatus(EchoService, "serving");
    health.setStatus("", "not_serving");
    expect([await check(""), await check(echo)]).toEqual([NOT_SERVING, SERVING]);
    expect(() => health.setStatus(HealthService, "serving")).toThrow("does not serve grpc.health.v1.Health");
  });

  it("stay NOT_SERVING after shutdown, whatever is said", async () => {
    const { check, health } = start();
    health.shutdown();
    health.setStatus(EchoService, "serving");
    expect([await check(""), await check(echo)]).toEqual([NOT_SERVING, NOT_SERVING]);
    expect(health.report()).toMatchObject({ status: "not_serving", shuttingDown: true });
  });
});

describe("Watch", () => {
  it("sends the status at once, and then each change", async () => {
    const { client, health } = start();
    const stream = client.watch({ service: echo })[Symbol.asyncIterator]();
    expect((await stream.next()).value).toMatchObject({ status: SERVING });
    const next = stream.next();
    health.setStatus(EchoService, "serving");
    await settled();
    health.setStatus(EchoService, "not_serving");
    expect((await next).value).toMatchObject({ status: NOT_SERVING });
    await stream.return?.();
  });

  it("says SERVICE_UNKNOWN and stays open for a service that is not served", async () => {
    const { client, health } = start();
    const stream = client.watch({ service: "nobody.Service" })[Symbol.asyncIterator]();
    expect((await stream.next()).value).toMatchObject({ status: SERVICE_UNKNOWN });
    const next = stream.next();
    health.close();
    await expect(next).rejects.toMatchObject({ code: Code.Unavailable });
  });

  it("gives a slow reader the latest status only", async () => {
    const { client, health } = start();
    const stream = client.watch({ service: echo })[Symbol.asyncIterator]();
    await stream.next();
    // The router transport reads one message ahead at most.
    for (let i = 0; i < 1_001; i++) {
      health.setStatus(EchoService, i % 2 === 0 ? "not_serving" : "serving");
    }
    expect((await stream.next()).value).toMatchObject({ status: NOT_SERVING });
    const rest = stream.next();
    health.setStatus(EchoService, "serving");
    expect((await rest).value).toMatchObject({ status: SERVING });
    await stream.return?.();
  });

  it("tells watchers of a shutdown and leaves them their stream; close ends it", async () => {
    const { client, health } = start();
    const stream = client.watch({ service: "" })[Symbol.asyncIterator]();
    await stream.next();
    health.shutdown();
    expect((await stream.next()).value).toMatchObject({ status: NOT_SERVING });
    const next = stream.next();
    health.close();
    await expect(next).rejects.toMatchObject({ code: Code.Unavailable });
  });

  it("bounds the streams that are open, and counts those that left no longer", async () => {
    const { client } = start({ maxWatchers: 1 });
    const leave = new AbortController();
    const first = client.watch({ service: "" }, { signal: leave.signal })[Symbol.asyncIterator]();
    await first.next();
    const second = client.watch({ service: "" })[Symbol.asyncIterator]();
    await expect(second.next()).rejects.toMatchObject({ code: Code.ResourceExhausted });
    leave.abort();
    await first.next().catch(() => undefined);
    await settled();
    const third = client.watch({ service: "" })[Symbol.asyncIterator]();
    expect((await third.next()).value).toMatchObject({ status: SERVING });
    await third.return?.();
  });
});

describe("dependencies", () => {
  it("keep services NOT_SERVING until checked, then up, then down after enough failures in a row, then up", async () => {
    const database = scripted();
    const changes: string[] = [];
    const { clock, check, health } = start({
      dependencies: [database.dependency],
      onChange: ({ service, status }) => changes.push(`${service}=${status}`),
    });
    expect(await check(echo)).toBe(NOT_SERVING);
    health.start();
    health.start();
    (await database.next()).resolve();
    await health.checked();
    expect(await check(echo)).toBe(SERVING);
    for (const [index, expected] of [SERVING, NOT_SERVING, NOT_SERVING].entries()) {
      await clock.untilSleeping();
      clock.advance(1_000);
      (await database.next()).reject(new Error("connect postgres://app:hunter2@db.example/app refused"));
      await settled();
      expect(await check(echo)).toBe(expected);
      expect(health.report().dependencies[0]).toMatchObject({
        failures: index + 1,
        error: "connect postgres://…@db.example/app refused",
      });
    }
    await clock.untilSleeping();
    clock.advance(1_000);
    (await database.next()).resolve();
    await settled();
    expect([await check(""), await check(echo)]).toEqual([SERVING, SERVING]);
    expect(database.started).toBe(5);
    expect(changes).toEqual([
      "=serving",
      `${echo}=serving`,
      "=not_serving",
      `${echo}=not_serving`,
      "=serving",
      `${echo}=serving`,
    ]);
    clock.advance(250);
    expect(health.report().dependencies).toEqual([
      {
        name: "database",
        status: "up",
        critical: true,
        services: "all",
        ageMs: 250,
        durationMs: 0,
        failures: 0,
        error: null,
      },
    ]);
  });

  it("that do not answer in time are aborted and count as failed; no second check is started beside the first", async () => {
    const database = scripted({ failureThreshold: 1 });
    const { clock, health } = start({ dependencies: [database.dependency] });
    health.start();
    const hanging = await database.next();
    await clock.untilSleeping();
    clock.advance(100);
    await health.checked();
    expect(hanging.signal.aborted).toBe(true);
    expect(health.report().dependencies[0]).toMatchObject({
      status: "down",
      error: "no answer within 100 ms",
      durationMs: 100,
    });
    for (let round = 0; round < 3; round++) {
      await clock.untilSleeping();
      clock.advance(1_000);
      await settled();
    }
    expect(database.started).toBe(1);
    expect(health.report().dependencies[0]).toMatchObject({
      failures: 4,
      error: expect.stringContaining("has not ended"),
    });
    hanging.resolve();
    await clock.untilSleeping();
    clock.advance(1_000);
    (await database.next()).resolve();
    await settled();
    expect(health.report().dependencies[0]).toMatchObject({ status: "up", error: null });
  });

  it("of one service leave the others and the server alone", async () => {
    const database = scripted({ services: [EchoService], failureThreshold: 1 });
    const { check, health } = start({
      services: [EchoService, HealthService],
      dependencies: [database.dependency],
    });
    health.start();
    (await database.next()).reject("down");
    await health.checked();
    expect([await check(""), await check(echo), await check(HealthService.typeName)]).toEqual([
      SERVING,
      NOT_SERVING,
      SERVING,
    ]);
  });

  it("that are not critical are reported and change nothing", async () => {
    const database = scripted({ critical: false });
    const { check, health } = start({ dependencies: [database.dependency] });
    health.start();
    (await database.next()).reject(new Error("down"));
    await health.checked();
    expect(await check(echo)).toBe(SERVING);
    expect(health.report()).toMatchObject({ status: "serving", dependencies: [{ status: "down" }] });
  });

  it("are no longer checked after close, and a check that is on is aborted", async () => {
    const database = scripted();
    const { clock, health } = start({ dependencies: [database.dependency] });
    health.start();
    const check = await database.next();
    health.close();
    expect(check.signal.aborted).toBe(true);
    check.reject(new Error("aborted"));
    await settled();
    clock.advance(10_000);
    await settled();
    expect(database.started).toBe(1);
  });

  it.each<[string, Partial<HealthOptions>]>([
    ["two dependencies", { dependencies: [scripted().dependency, scripted().dependency] }],
    ["intervalMs must be above 0", { dependencies: [scripted({ intervalMs: 0 }).dependency] }],
    ["timeoutMs must be above 0", { dependencies: [scripted({ timeoutMs: Number.NaN }).dependency] }],
    ["does not serve", { dependencies: [scripted({ services: [HealthService] }).dependency] }],
  ])("are refused at start: %s", (message, options) => {
    expect(() => start(options)).toThrow(
      expect.objectContaining({ code: "invalid_options", message: expect.stringContaining(message) }),
    );
  });
});
