import { Code, ConnectError } from "@connectrpc/connect";
import { callEcho, expectedTexts, peerCases } from "@wirehouse/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { startAuth } from "../testing/auth-fixture.ts";

/** The codes of the errors that attempts ended with, by the server's log of calls. */
const invalidToken = 'Bearer error="invalid_token"';

describe.each(peerCases)("$server, $protocol, $kind", (peer) => {
  const { kind } = peer;

  it("renews an expired token and replays; the first attempt's stream is closed", async () => {
    await using fixture = await startAuth({ peer });
    const { client, idp, server } = fixture;
    await fixture.tokens.get();
    idp.expireTokens();
    const outcome = await callEcho(kind, client.transport);
    expect(outcome).toEqual({ delivered: expectedTexts(kind), error: undefined });
    expect([server.calls.length, idp.requests.length]).toEqual([2, 2]);
    await server.untilOpenStreams(0);
  });

  it("closes the first attempt before the second one ends", async () => {
    await using fixture = await startAuth({ peer });
    const { client, idp, server } = fixture;
    await fixture.tokens.get();
    idp.expireTokens();
    const call = callEcho(kind, client.transport, { script: { hold: true, callId: "second" } });
    await server.scripts.untilHeld("second");
    await server.untilOpenStreams(1);
    server.scripts.release("second");
    expect((await call).error).toBeUndefined();
  });

  it("never makes a third attempt", async () => {
    await using fixture = await startAuth({ peer });
    const script = { failCode: Code.Unauthenticated, challenge: invalidToken };
    const { delivered, error } = await callEcho(kind, fixture.client.transport, { script });
    expect(delivered).toEqual([]);
    expect(ConnectError.from(error).code).toBe(Code.Unauthenticated);
    expect(ConnectError.from(error).rawMessage).toBe("scripted failure");
    expect(fixture.server.calls.length).toBe(2);
  });

  it("does not ask for a token each time when a server refuses even new ones", async () => {
    await using fixture = await startAuth({ peer });
    const script = { failCode: Code.Unauthenticated, challenge: invalidToken };
    for (let i = 0; i < 10; i++) {
      await callEcho(kind, fixture.client.transport, { script });
    }
    // The first token, and the one after the first refusal.
    expect(fixture.idp.requests.length).toBe(2);
  });

  if (kind === "client_streaming" || kind === "bidi_streaming") {
    it("passes the server's error on when more was sent than the replay buffer holds", async () => {
      await using fixture = await startAuth({ peer, auth: { replay: { maxMessages: 2 } } });
      const script = {
        failCode: Code.Unauthenticated,
        failAfter: kind === "client_streaming" ? 3 : 0,
        failAttempts: 1,
      };
      const gate = Promise.withResolvers<void>();
      const call = callEcho(kind, fixture.client.transport, {
        messages: 4,
        script: { ...script, hold: kind === "bidi_streaming", callId: "overflow" },
        onSend: (index) => index === 3 && gate.resolve(),
      });
      await gate.promise;
      fixture.server.scripts.release("overflow");
      expect(ConnectError.from((await call).error).code).toBe(Code.Unauthenticated);
      expect(fixture.server.calls.length).toBe(1);
    });

    it("passes the server's error on when what was sent is larger than the replay buffer", async () => {
      await using fixture = await startAuth({ peer, auth: { replay: { maxBytes: 1 } } });
      const { client, idp, server } = fixture;
      await fixture.tokens.get();
      const script = { failCode: Code.Unauthenticated, failAttempts: 1, callId: "large" };
      const { error } = await callEcho(kind, client.transport, { script });
      expect(ConnectError.from(error).code).toBe(Code.Unauthenticated);
      expect(server.calls.length).toBe(1);
      expect(idp.requests.length).toBeLessThan(3);
    });
  }

  it("delivers no message twice and loses none silently, wherever the server fails", async () => {
    await using fixture = await startAuth({ peer });
    let id = 0;
    const most = 6;
    const run = async (failAfter: number, failAttempts: number): Promise<void> => {
      const callId = `k${id++}`;
      fixture.tokens.reset();
      const script = { failCode: Code.Unauthenticated, failAfter, failAttempts, callId };
      const { delivered, error } = await callEcho(kind, fixture.client.transport, { messages: most, script });
      const whole = expectedTexts(kind, most);
      expect(delivered).toEqual(whole.slice(0, delivered.length));
      if (error === undefined) {
        expect(delivered).toEqual(whole);
      } else {
        expect(ConnectError.from(error).code).toBe(Code.Unauthenticated);
      }
      expect(fixture.server.scripts.attempts(callId)).toBeLessThanOrEqual(2);
      const streamed = kind === "server_streaming" || kind === "bidi_streaming";
      const replayed = failAttempts === 1 && (failAfter === 0 || !streamed);
      expect(error === undefined).toBe(replayed);
    };
    // Every place once, then random pairs.
    for (let k = 0; k <= most; k++) {
      await run(kind === "unary" ? 0 : k, 1);
    }
    await fc.assert(
      fc.asyncProperty(fc.nat(most), fc.integer({ min: 1, max: 2 }), (k, n) =>
        run(kind === "unary" ? 0 : k, n),
      ),
      { numRuns: 8, seed: 1 },
    );
  });
});

it("hands the second attempt's headers and trailers to the caller", async () => {
  await using fixture = await startAuth();
  const { client, idp } = fixture;
  await fixture.tokens.get();
  idp.expireTokens();
  let trailer: Headers | undefined;
  const outcome = await callEcho("server_streaming", client.transport, {
    onTrailer: (t) => {
      trailer = t;
    },
  });
  expect(outcome.error).toBeUndefined();
  expect(trailer?.get("grpc-status")).toBe("0");
  expect(trailer?.get("www-authenticate")).toBeNull();
});
