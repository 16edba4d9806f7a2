import type { Interceptor } from "@connectrpc/connect";
import { EchoService } from "@wirehouse/proto-testkit/v1";
import { callEcho, rpcKinds } from "@wirehouse/testkit";
import { expect, it } from "vitest";
import { startPair } from "../testing/grid.ts";
import { except, type Selection, selector } from "./index.ts";

async function selected(selection: Selection | readonly Selection[]): Promise<string[]> {
  const seen: string[] = [];
  const spy: Interceptor = (next) => (request) => {
    seen.push(request.method.name);
    return next(request);
  };
  await using pair = await startPair("grpc", { client: [selector(selection, spy)] });
  for (const kind of [...rpcKinds, ...rpcKinds]) {
    expect((await callEcho(kind, pair.transport)).error).toBeUndefined();
  }
  return seen.slice(0, seen.length / 2);
}

it("selects services, methods and what a test says", async () => {
  const all = ["UnaryEcho", "ServerEcho", "ClientEcho", "BidiEcho"];
  expect(await selected(EchoService)).toEqual(all);
  expect(await selected(EchoService.method.bidiEcho)).toEqual(["BidiEcho"]);
  expect(await selected([EchoService.method.bidiEcho, EchoService.method.unaryEcho])).toEqual([
    "UnaryEcho",
    "BidiEcho",
  ]);
  expect(await selected((method) => method.methodKind === "unary")).toEqual(["UnaryEcho"]);
  expect(await selected(except(EchoService.method.unaryEcho))).toEqual(all.slice(1));
  expect(await selected([])).toEqual([]);
});

it("keeps the order of several interceptors: the first is outermost", async () => {
  const seen: string[] = [];
  const spy =
    (name: string): Interceptor =>
    (next) =>
    (request) => {
      seen.push(name);
      return next(request);
    };
  const inner = selector(EchoService, [spy("a"), spy("b")]);
  await using pair = await startPair("connect", { client: [spy("outside"), inner, spy("inside")] });
  await callEcho("unary", pair.transport);
  expect(seen).toEqual(["outside", "a", "b", "inside"]);
});
