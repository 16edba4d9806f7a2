import { Code, ConnectError } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EchoServer } from "../servers/index.ts";
import { openTransport } from "../servers/index.ts";
import { callEcho, expectedTexts, peerCases, peers, rpcKinds, startEchoServer } from "./index.ts";

const servers = new Map<string, EchoServer>();
beforeAll(async () => {
  for (const name of new Set(peers.map((peer) => peer.server))) {
    servers.set(name, await startEchoServer(name));
  }
});
afterAll(async () => {
  for (const server of servers.values()) {
    await server.close();
  }
});
const serverOf = (name: string): EchoServer => {
  const server = servers.get(name);
  expect.assert(server !== undefined);
  return server;
};

describe.each(peerCases)("$server, $protocol, $kind", ({ server: name, protocol, kind }) => {
  it("echoes", async () => {
    const server = serverOf(name);
    await using client = openTransport(protocol, server.url);
    const before = server.calls.length;
    const outcome = await callEcho(kind, client.transport, { timeoutMs: 10_000 });
    expect(outcome).toEqual({ delivered: expectedTexts(kind), error: undefined });
    expect(server.calls.length).toBe(before + 1);
    expect(Math.abs((server.calls.at(-1)?.timeoutMs ?? 0) - 10_000)).toBeLessThan(5000);
    await server.untilOpenStreams(0);
  });

  it("fails after as many messages as the script says", async () => {
    const server = serverOf(name);
    await using client = openTransport(protocol, server.url);
    const script = { failCode: Code.DataLoss, failAfter: kind === "unary" ? 0 : 2, challenge: "Bearer x=y" };
    const { delivered, error } = await callEcho(kind, client.transport, { script });
    expect(delivered.length).toBe(kind === "unary" || kind === "client_streaming" ? 0 : 2);
    expect(ConnectError.from(error).code).toBe(Code.DataLoss);
    expect(ConnectError.from(error).metadata.get("www-authenticate")).toBe("Bearer x=y");
  });
});

it("grpc-js answers a failure before the first message with trailers only: next() rejects", async () => {
  const rejectedBy = async (name: "grpc-js" | "connect-node") => {
    let by = "iteration";
    await using client = openTransport("grpc", serverOf(name).url, [
      (next) => (request) =>
        next(request).catch((error: unknown) => {
          by = "next";
          throw error;
        }),
    ]);
    await callEcho("server_streaming", client.transport, { script: { failCode: Code.Unauthenticated } });
    return by;
  };
  expect(await rejectedBy("grpc-js")).toBe("next");
  expect(await rejectedBy("connect-node")).toBe("iteration");
});

it("holds a call until it is released, and counts its attempts", async () => {
  const server = serverOf("connect-node");
  await using client = openTransport("grpc", server.url);
  const call = callEcho("unary", client.transport, { script: { hold: true, callId: "held" } });
  await server.scripts.untilHeld("held");
  expect(server.openStreams).toBe(1);
  server.scripts.release("held");
  expect((await call).error).toBeUndefined();
  expect(server.scripts.attempts("held")).toBe(1);
});

it("has every kind of RPC with every protocol that a server speaks", () => {
  expect(peerCases.length).toBe(peers.length * rpcKinds.length);
});
