import {
  create,
  type DescMethod,
  type DescMethodStreaming,
  type DescMethodUnary,
  type Message,
} from "@bufbuild/protobuf";
import { createValidator } from "@bufbuild/protovalidate";
import { ViolationsSchema } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { Code, ConnectError, createRouterTransport, type Interceptor } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { createRuledService } from "../testing/ruled-service.ts";
import { clientValidate, serverValidate } from "./index.ts";

type Note = Message & { title: string };
const service = createRuledService();
let handled = 0;

/** A handler which answers with a title of `answer`. */
function transport(
  answer: string,
  { client = [], server = [] }: { client?: Interceptor[]; server?: Interceptor[] },
) {
  const note = () => ({ title: answer });
  const drain = async (requests: AsyncIterable<unknown>) => {
    for await (const _ of requests) {
      handled++;
    }
  };
  const implementation = {
    unary: () => {
      handled++;
      return note();
    },
    async *serverStream() {
      handled++;
      yield note();
    },
    async clientStream(requests: AsyncIterable<unknown>) {
      await drain(requests);
      return note();
    },
    async *bidi(requests: AsyncIterable<unknown>) {
      await drain(requests);
      yield note();
    },
  };
  return createRouterTransport((router) => router.service(service, implementation as never), {
    transport: { interceptors: client },
    router: { interceptors: server },
  });
}

async function call(
  method: DescMethod,
  titles: string[],
  using: ReturnType<typeof transport>,
): Promise<unknown> {
  handled = 0;
  const notes = titles.map((title) => create(method.input, { title } as never) as Note);
  try {
    if (method.methodKind === "unary") {
      const [first] = notes;
      await using.unary(method as DescMethodUnary, undefined, undefined, undefined, first as never);
      return undefined;
    }
    const input = (async function* () {
      yield* notes;
    })();
    const response = await using.stream(
      method as DescMethodStreaming,
      undefined,
      undefined,
      undefined,
      input as never,
    );
    for await (const _ of response.message) {
      // Read to the end.
    }
    return undefined;
  } catch (error) {
    return error;
  }
}

describe.each(service.methods.map((method) => ({ name: method.name, method })))("$name", ({ method }) => {
  const streams = method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming";
  const bad = streams ? ["good", "no"] : ["no"];

  it.each(["server", "client"] as const)(
    "%s: a broken rule is InvalidArgument with its violations",
    async (side) => {
      const interceptor = side === "server" ? serverValidate() : clientValidate();
      const error = await call(method, bad, transport("fine", { [side]: [interceptor] }));
      expect.assert(error instanceof ConnectError);
      expect(error.code).toBe(Code.InvalidArgument);
      const detail =
        side === "server"
          ? error.findDetails(ViolationsSchema)[0]
          : (error.details[0] as { value: { violations: unknown[] } } | undefined)?.value;
      expect(detail?.violations.length).toBe(1);
      expect(detail?.violations[0]).toMatchObject({ ruleId: "string.min_len" });
      expect(handled).toBeLessThanOrEqual(streams ? 1 : 0);
    },
  );

  it("good messages pass", async () => {
    const both = {
      client: [clientValidate({ responses: true })],
      server: [serverValidate({ responses: true })],
    };
    expect(await call(method, ["good"], transport("fine", both))).toBeUndefined();
  });

  it("responses: a server's own mistake is Internal; off by default", async () => {
    expect(await call(method, ["good"], transport("", { server: [serverValidate()] }))).toBeUndefined();
    for (const chain of [
      { server: [serverValidate({ responses: true })] },
      { client: [clientValidate({ responses: true })] },
    ]) {
      const error = await call(method, ["good"], transport("", chain));
      expect(ConnectError.from(error).code).toBe(Code.Internal);
    }
  });
});

it("takes a validator of your own", async () => {
  let asked = 0;
  const real = createValidator();
  const validator = {
    ...real,
    validate: (...args: Parameters<typeof real.validate>) => {
      asked++;
      return real.validate(...args);
    },
  } as typeof real;
  const [unary] = service.methods;
  expect.assert(unary !== undefined);
  await call(unary, ["good"], transport("fine", { server: [serverValidate({ validator })] }));
  expect(asked).toBe(1);
});
