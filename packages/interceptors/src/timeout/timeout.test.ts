import { Code, ConnectError } from "@connectrpc/connect";
import { callEcho } from "@wirehouse/testkit";
import { describe, expect, it } from "vitest";
import { grid, startPair } from "../testing/grid.ts";
import { clientTimeout, serverTimeout } from "./index.ts";

describe.each(grid)("$protocol, $kind", ({ protocol, kind }) => {
  const held = { script: { hold: true, callId: "held" } };

  it("client: ends a call that takes longer", async () => {
    await using pair = await startPair(protocol, { client: [clientTimeout({ timeoutMs: 50 })] });
    const { error } = await callEcho(kind, pair.transport, held);
    expect(ConnectError.from(error).code).toBe(Code.DeadlineExceeded);
    pair.server.scripts.release("held");
  });

  it("client: tells the server; leaves a shorter deadline, and shortens a longer one", async () => {
    await using pair = await startPair(protocol, { client: [clientTimeout({ timeoutMs: 20_000 })] });
    expect((await callEcho(kind, pair.transport, { timeoutMs: 5000 })).error).toBeUndefined();
    expect((await callEcho(kind, pair.transport, { timeoutMs: 60_000 })).error).toBeUndefined();
    expect((await callEcho(kind, pair.transport)).error).toBeUndefined();
    expect(pair.server.calls.map((call) => call.timeoutMs)).toEqual([5000, 20_000, 20_000]);
  });

  it("server: ends a call that takes longer, and aborts the handler's signal", async () => {
    const aborted = Promise.withResolvers<unknown>();
    await using pair = await startPair(protocol, {
      server: [
        serverTimeout({ timeoutMs: 50 }),
        (next) => (request) => {
          request.signal.addEventListener("abort", () => aborted.resolve(request.signal.reason));
          return next(request);
        },
      ],
    });
    const { error } = await callEcho(kind, pair.transport, held);
    expect(ConnectError.from(error)).toMatchObject({
      code: Code.DeadlineExceeded,
      rawMessage: "the call took longer than 50 ms",
    });
    expect(ConnectError.from(await aborted.promise).code).toBe(Code.DeadlineExceeded);
    pair.server.scripts.release("held");
  });
});

it("a function may decide by method", async () => {
  const timeoutMs = ({ method }: { method: { name: string } }) =>
    method.name === "UnaryEcho" ? 7000 : undefined;
  await using pair = await startPair("grpc", { client: [clientTimeout({ timeoutMs })] });
  await callEcho("unary", pair.transport);
  await callEcho("server_streaming", pair.transport);
  expect(pair.server.calls.map((call) => call.timeoutMs)).toEqual([7000, undefined]);
});

it.each([0, -1, Number.NaN])("refuses timeoutMs: %d", (timeoutMs) => {
  expect(() => clientTimeout({ timeoutMs })).toThrow("timeoutMs must be more than 0");
});
