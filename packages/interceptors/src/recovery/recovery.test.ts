import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { callEcho } from "@wirehouse/testkit";
import { describe, expect, it } from "vitest";
import { InterceptorError } from "../errors.ts";
import { grid, startPair } from "../testing/grid.ts";
import { recovery } from "./index.ts";

const secret = new TypeError("cannot read password of undefined");
/** A handler that throws at once, or after the first message of its answer. */
const throws =
  (after: boolean): Interceptor =>
  (next) =>
  async (request) => {
    if (!after) {
      throw secret;
    }
    const response = await next(request);
    if (!response.stream) {
      throw secret;
    }
    const messages = response.message;
    async function* broken() {
      for await (const message of messages) {
        yield message;
        throw secret;
      }
    }
    return { ...response, message: broken() } as never;
  };

describe.each(grid)("$protocol, $kind", ({ protocol, kind }) => {
  it.each([false, true])(
    "a throw becomes Internal, and the reason stays here (after a message: %s)",
    async (after) => {
      const panics: unknown[] = [];
      const seen: unknown[] = [];
      const onPanic = (reason: unknown): void => void panics.push(reason);
      const outside: Interceptor = (next) => async (request) => {
        try {
          return await next(request);
        } catch (error) {
          seen.push(error);
          throw error;
        }
      };
      await using pair = await startPair(protocol, {
        server: [outside, recovery({ onPanic }), throws(after)],
      });
      const { error } = await callEcho(kind, pair.transport);
      expect.assert(error instanceof ConnectError);
      expect([error.code, error.rawMessage]).toEqual([Code.Internal, "internal error"]);
      expect(panics).toEqual([secret]);
      for (const one of seen) {
        expect.assert(one instanceof ConnectError && one.cause instanceof InterceptorError);
        expect(one.cause.cause).toBe(secret);
      }
    },
  );

  it("leaves a ConnectError as it is", async () => {
    const panics: unknown[] = [];
    await using pair = await startPair(protocol, {
      server: [recovery({ onPanic: (reason) => panics.push(reason) })],
    });
    const { error } = await callEcho(kind, pair.transport, { script: { failCode: Code.NotFound } });
    expect(ConnectError.from(error).code).toBe(Code.NotFound);
    expect(panics).toEqual([]);
  });
});

it("answers even when onPanic throws", async () => {
  const onPanic = (): never => {
    throw new Error("alarm is broken");
  };
  await using pair = await startPair("grpc", { server: [recovery({ onPanic }), throws(false)] });
  const { error } = await callEcho("unary", pair.transport);
  expect(ConnectError.from(error).rawMessage).toBe("internal error");
});
