import { Code, ConnectError, createContextValues, type Interceptor } from "@connectrpc/connect";
import { callEcho } from "@wirehouse/testkit";
import { describe, expect, it } from "vitest";
import { grid, startPair } from "../testing/grid.ts";
import { clientRequestId, requestIdKey, serverRequestId } from "./index.ts";

describe.each(grid)("$protocol, $kind", ({ protocol, kind }) => {
  it("goes from the client to the handler, and back in the header or with the error", async () => {
    const inHandler: string[] = [];
    const spy: Interceptor = (next) => (request) => {
      inHandler.push(request.contextValues.get(requestIdKey));
      return next(request);
    };
    let n = 0;
    const generate = () => `id-${++n}`;
    await using pair = await startPair(protocol, {
      client: [clientRequestId({ generate })],
      server: [serverRequestId(), spy],
    });
    let answered: string | null = null;
    const onHeader = (header: Headers): void => {
      answered = header.get("x-request-id");
    };
    expect((await callEcho(kind, pair.transport, { onHeader })).error).toBeUndefined();
    expect(answered).toBe("id-1");
    const { error } = await callEcho(kind, pair.transport, { script: { failCode: Code.NotFound } });
    expect(ConnectError.from(error).metadata.get("x-request-id")).toBe("id-2");
    expect(inHandler).toEqual(["id-1", "id-2"]);
  });
});

it("a handler's calls carry its caller's id, and a header that is set stays", async () => {
  await using pair = await startPair("grpc", { client: [clientRequestId()] });
  await callEcho("unary", pair.transport, {
    contextValues: createContextValues().set(requestIdKey, "outer"),
  });
  await callEcho("unary", pair.transport, { headers: { "x-request-id": "mine" } });
  await callEcho("unary", pair.transport);
  const [outer, mine, random] = pair.server.calls.map((call) => call.headers["x-request-id"]);
  expect([outer, mine]).toEqual(["outer", "mine"]);
  expect(random).toMatch(/^[0-9a-f]{32}$/);
});

it.each(["a b", "x".repeat(129), "<script>", "\u00e9"])("an incoming id like %j is replaced", async (id) => {
  let seen = "";
  const spy: Interceptor = (next) => (request) => {
    seen = request.contextValues.get(requestIdKey);
    return next(request);
  };
  await using pair = await startPair("connect", { server: [serverRequestId(), spy] });
  await callEcho("unary", pair.transport, { headers: { "x-request-id": id } });
  expect(seen).toMatch(/^[0-9a-f]{32}$/);
});

it("trustIncoming: false makes its own ids", async () => {
  await using pair = await startPair("grpc", {
    server: [serverRequestId({ trustIncoming: false, generate: () => "own" })],
  });
  let answered: string | null = null;
  const onHeader = (header: Headers): void => {
    answered = header.get("x-request-id");
  };
  await callEcho("unary", pair.transport, { headers: { "x-request-id": "forged" }, onHeader });
  expect(answered).toBe("own");
});
