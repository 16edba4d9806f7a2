/** The server together with what `@wirehouse/interceptors` has for it. */
import { once } from "node:events";
import { connect } from "node:http2";
import type { Interceptor } from "@connectrpc/connect";
import { jwtGate, localKeySet } from "@wirehouse/interceptors/auth/server";
import { peerContextValues, realIp, realIpKey } from "@wirehouse/interceptors/real-ip";
import { file_wirehouse_server_v1_policies as serverPolicies } from "@wirehouse/proto-server/v1";
import { callEcho } from "@wirehouse/testkit/cases";
import { createTokenSigner } from "@wirehouse/testkit/identity-provider";
import { openTransport } from "@wirehouse/testkit/servers";
import { expect, it, vi } from "vitest";
import { startEcho } from "./testing/echo.ts";
import { sendRaw } from "./testing/raw-http1.ts";

it.each([
  ["from a proxy that is trusted", ["127.0.0.0/8"], "203.0.113.9"],
  ["from anybody else", ["10.0.0.0/8"], "127.0.0.1"],
])(
  "tells the caller's address to handlers, over both versions of HTTP, %s",
  async (_, trustedProxies, expected) => {
    const seen: string[] = [];
    const note: Interceptor = (next) => (request) => {
      seen.push(request.contextValues.get(realIpKey));
      return next(request);
    };
    await using echo = await startEcho({
      contextValues: peerContextValues,
      interceptors: [realIp({ trustedProxies }), note],
    });
    await using opened = openTransport("grpc", echo.url);
    await callEcho("unary", opened.transport, { headers: { "x-forwarded-for": "6.6.6.6, 203.0.113.9" } });
    await sendRaw(
      echo.port,
      "POST /wirehouse.testkit.v1.EchoService/UnaryEcho HTTP/1.1\r\nhost: a\r\nconnection: close\r\n" +
        "x-forwarded-for: 6.6.6.6, 203.0.113.9\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}",
    );
    expect(seen).toEqual([expected, expected]);
  },
);

it("lets go of streams whose token ended, though their clients never end their half", async () => {
  const signer = createTokenSigner();
  let revoked = false;
  const listeners = new Set<() => void>();
  const now = Math.floor(Date.now() / 1000);
  const token = signer.sign({
    iss: "https://id.example.com",
    aud: "echo",
    sub: "mallory",
    client_id: "app",
    jti: "1",
    iat: now,
    exp: now + 3600,
  });
  await using echo = await startEcho({
    auth: jwtGate({
      issuer: "https://id.example.com",
      audience: "echo",
      algorithms: ["ES256"],
      keys: localKeySet(signer.keySet),
      policies: [serverPolicies],
      revoked: {
        isRevoked: () => revoked,
        onChange: (listener) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      },
    }),
    limits: { maxConcurrentStreams: 20 },
  });
  const client = connect(echo.url);
  try {
    // Twice as many as the connection may have open: those of the first round have to be gone.
    for (const _ of [1, 2]) {
      revoked = false;
      const streams = await Promise.all(Array.from({ length: 20 }, open));
      expect(echo.server.stats()).toMatchObject({ streams: 20, calls: 20 });
      revoked = true;
      for (const listener of [...listeners]) {
        listener();
      }
      // Nobody called `end` on these.
      const statuses = await Promise.all(streams.map(({ status }) => status));
      expect(statuses).toEqual(Array.from({ length: 20 }, () => "16"));
      await Promise.all(streams.map(({ closed }) => closed));
      expect(streams.map(({ stream }) => stream.rstCode)).toEqual(Array.from({ length: 20 }, () => 0));
      await vi.waitFor(() => expect(echo.server.stats()).toMatchObject({ streams: 0, calls: 0 }));
    }
    expect(listeners.size).toBe(0);
    expect(client.destroyed).toBe(false);
  } finally {
    client.destroy();
  }

  /** Opens a bidirectional stream, waits for its first answer, and leaves its half open. */
  async function open() {
    const stream = client.request(
      {
        ":method": "POST",
        ":path": "/wirehouse.testkit.v1.EchoService/BidiEcho",
        "content-type": "application/grpc+proto",
        te: "trailers",
        authorization: `Bearer ${token}`,
      },
      { endStream: false },
    );
    stream.on("error", () => {});
    const closed = once(stream, "close");
    const status = once(stream, "trailers").then(([trailers]) => trailers["grpc-status"] as string);
    // A message of no bytes.
    stream.write(Buffer.alloc(5));
    await once(stream, "data");
    return { stream, closed, status };
  }
});
