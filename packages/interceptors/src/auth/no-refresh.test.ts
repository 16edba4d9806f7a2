import { Code, ConnectError } from "@connectrpc/connect";
import { callEcho, challengeCases, openTransport, peerCases } from "@wirehouse/testkit";
import { describe, expect, it } from "vitest";
import { startAuth } from "../testing/auth-fixture.ts";
import { bearerAuth, parseChallenges, staticTokenSource } from "./index.ts";

describe.each(peerCases)("$server, $protocol, $kind", (peer) => {
  const { kind } = peer;

  it("PermissionDenied does not refresh", async () => {
    await using fixture = await startAuth({ peer });
    const { error } = await callEcho(kind, fixture.client.transport, {
      script: { failCode: Code.PermissionDenied },
    });
    expect(ConnectError.from(error).code).toBe(Code.PermissionDenied);
    expect([fixture.server.calls.length, fixture.idp.requests.length]).toEqual([1, 1]);
  });

  it("a challenge that is not invalid_token does not refresh", async () => {
    await using fixture = await startAuth({ peer });
    for (const [i, { challenge, newTokenHelps }] of challengeCases.entries()) {
      fixture.tokens.reset();
      const [calls, requests] = [fixture.server.calls.length, fixture.idp.requests.length];
      const script = { failCode: Code.Unauthenticated, failAttempts: 1, callId: `challenge-${i}`, challenge };
      const { error } = await callEcho(kind, fixture.client.transport, { script });
      expect({ challenge, ok: error === undefined }).toEqual({ challenge, ok: newTokenHelps });
      const made = [fixture.server.calls.length - calls, fixture.idp.requests.length - requests];
      expect({ challenge, made }).toEqual({ challenge, made: newTokenHelps ? [2, 2] : [1, 1] });
    }
  });

  it("RPCs that carry no token do not refresh", async () => {
    await using fixture = await startAuth({ peer, auth: { select: () => false } });
    const { error } = await callEcho(kind, fixture.client.transport);
    expect(ConnectError.from(error).code).toBe(Code.Unauthenticated);
    expect([fixture.server.calls.length, fixture.idp.requests.length]).toEqual([1, 0]);
    expect(fixture.server.calls[0]?.headers.authorization).toBeUndefined();
  });

  it("a caller's own authorization is sent as it is, and not refreshed", async () => {
    await using fixture = await startAuth({ peer });
    const headers = { authorization: "Basic YTpi" };
    const { error } = await callEcho(kind, fixture.client.transport, { headers });
    expect(ConnectError.from(error).code).toBe(Code.Unauthenticated);
    expect(fixture.server.calls.map((call) => call.headers.authorization)).toEqual(["Basic YTpi"]);
    expect(fixture.idp.requests.length).toBe(0);
  });

  it("a static token that the server refuses: the server's answer, one attempt", async () => {
    await using fixture = await startAuth({ peer });
    await using client = openTransport(peer.protocol, fixture.server.url, [
      bearerAuth({ tokens: staticTokenSource("api-key") }),
    ]);
    const { error } = await callEcho(kind, client.transport);
    expect(ConnectError.from(error).rawMessage).toBe("the token is unknown");
    expect(fixture.server.calls.length).toBe(1);
  });
});

it("shouldRefresh replaces the rule", async () => {
  await using fixture = await startAuth({
    auth: { shouldRefresh: (error) => error.code === Code.PermissionDenied },
  });
  const script = { failCode: Code.PermissionDenied, failAttempts: 1, callId: "own-rule" };
  expect((await callEcho("unary", fixture.client.transport, { script })).error).toBeUndefined();
  expect(fixture.idp.requests.length).toBe(2);
});

describe("parseChallenges", () => {
  it("reads several challenges, quoted strings and escapes", () => {
    const list = parseChallenges('Basic realm="a, b=\\"c\\"", Bearer error="invalid_token" , scope = read');
    expect(list.map((c) => [c.scheme, Object.fromEntries(c.parameters)])).toEqual([
      ["basic", { realm: 'a, b="c"' }],
      ["bearer", { error: "invalid_token", scope: "read" }],
    ]);
  });

  it.each(["", "=", '"', 'Bearer error="open', ", ,", `Bearer ${"a".repeat(10_000)}`])(
    "survives %j",
    (header) => {
      expect(Array.isArray(parseChallenges(header))).toBe(true);
    },
  );
});
