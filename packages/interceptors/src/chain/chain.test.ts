import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import {
  bearerAuthorizer,
  callEcho,
  openTransport,
  startConnectEchoServer,
  startIdentityProvider,
} from "@wirehouse/testkit";
import { describe, expect, it } from "vitest";
import { bearerAuth, passwordTokenSource } from "../auth/index.ts";
import { type LogEntry, logging } from "../logging/index.ts";
import { recovery } from "../recovery/index.ts";
import { retry } from "../retry/index.ts";
import { credentials } from "../testing/auth-fixture.ts";
import { startPair } from "../testing/grid.ts";
import { createClientChain, createServerChain } from "./index.ts";

const named =
  (name: string, seen: string[]): Interceptor =>
  (next) =>
  (request) => {
    seen.push(name);
    return next(request);
  };

describe("the order", () => {
  it("of a client", async () => {
    const seen: string[] = [];
    const order = [
      "requestId",
      "telemetry",
      "logging",
      "a",
      "b",
      "validate",
      "timeout",
      "rateLimit",
      "retry",
      "auth",
    ];
    const places = Object.fromEntries(
      order
        .filter((name) => name.length > 1)
        .map((name) => [name, named(name, seen)])
        .reverse(),
    );
    const client = createClientChain({ ...places, custom: [named("a", seen), named("b", seen)] });
    await using pair = await startPair("grpc", { client });
    await callEcho("unary", pair.transport);
    expect(seen).toEqual(order);
  });

  it("of a server", async () => {
    const seen: string[] = [];
    const order = [
      "requestId",
      "realIp",
      "telemetry",
      "logging",
      "recovery",
      "rateLimit",
      "timeout",
      "a",
      "validate",
    ];
    const places = Object.fromEntries(
      order
        .filter((name) => name.length > 1)
        .map((name) => [name, named(name, seen)])
        .reverse(),
    );
    const server = createServerChain({ ...places, custom: [named("a", seen)] });
    await using pair = await startPair("grpc", { server });
    await callEcho("unary", pair.transport);
    expect(seen).toEqual(order);
  });

  it("leaves out what is not given", () => {
    expect(createClientChain({})).toEqual([]);
    expect(createServerChain({ recovery: recovery() }).length).toBe(1);
  });
});

describe("where it matters", () => {
  it("retry around auth survives a token endpoint that is down for a moment; auth around retry does not", async () => {
    const run = async (
      order: (auth: Interceptor, again: Interceptor) => Interceptor[],
    ): Promise<Code | undefined> => {
      await using idp = await startIdentityProvider();
      await using server = await startConnectEchoServer({ authorize: bearerAuthorizer(idp) });
      let now = 0;
      const tokens = passwordTokenSource({ ...credentials(idp), now: () => now });
      const sleep = async (): Promise<void> => {
        idp.setMode({ kind: "normal" });
        now += 5000;
      };
      await using client = openTransport("grpc", server.url, order(bearerAuth({ tokens }), retry({ sleep })));
      idp.setMode({ kind: "outage" });
      const { error } = await callEcho("unary", client.transport);
      return error === undefined ? undefined : ConnectError.from(error).code;
    };
    expect(await run((auth, again) => createClientChain({ auth, retry: again }))).toBeUndefined();
    expect(await run((auth, again) => [auth, again])).toBe(Code.Unavailable);
  });

  it("logging outside of recovery logs the code that the caller gets; inside it does not", async () => {
    const run = async (order: (log: Interceptor, recover: Interceptor) => Interceptor[]) => {
      const entries: LogEntry[] = [];
      const log = logging({ side: "server", log: (entry) => entries.push(entry) });
      const throws: Interceptor = () => async () => {
        throw new TypeError("boom");
      };
      await using pair = await startPair("grpc", { server: [...order(log, recovery()), throws] });
      const { error } = await callEcho("unary", pair.transport);
      return { logged: entries[0]?.code, got: ConnectError.from(error).code };
    };
    const right = await run((log, recover) => createServerChain({ logging: log, recovery: recover }));
    expect(right).toEqual({ logged: "INTERNAL", got: Code.Internal });
    expect((await run((log, recover) => [recover, log])).logged).toBe("UNKNOWN");
  });

  it("auth innermost: what is outside never sees the token, and each retry has the token of its moment", async () => {
    await using idp = await startIdentityProvider();
    await using server = await startConnectEchoServer({ authorize: bearerAuthorizer(idp) });
    const outside: (string | null)[] = [];
    const spy: Interceptor = (next) => async (request) => {
      const response = await next(request);
      outside.push(request.header.get("authorization"));
      return response;
    };
    const tokens = passwordTokenSource(credentials(idp));
    const sleep = async (): Promise<void> => idp.expireTokens();
    const chain = createClientChain({ auth: bearerAuth({ tokens }), retry: retry({ sleep }), logging: spy });
    await using client = openTransport("grpc", server.url, chain);
    const script = { failCode: Code.Unavailable, failAttempts: 1, callId: "again" };
    expect((await callEcho("unary", client.transport, { script })).error).toBeUndefined();
    expect(outside).toEqual([null]);
    expect(new Set(server.calls.map((call) => call.headers.authorization)).size).toBe(2);
  });
});
