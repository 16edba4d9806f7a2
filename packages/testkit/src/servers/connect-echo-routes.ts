import { ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { EchoService } from "@wirehouse/proto-testkit/v1";
import type { ScriptedFailure, ScriptRunner } from "./script.ts";

/** Registers the echo service on a Connect router: on a server, or on `createRouterTransport`. */
export function echoRoutes(router: ConnectRouter, scripts: ScriptRunner): void {
  const unary = async (request: { text: string; script?: Parameters<ScriptRunner["start"]>[0] }) => {
    const run = scripts.start(request.script);
    await run.ready;
    throwIf(run.failure(0));
    return { text: request.text };
  };
  router.service(EchoService, {
    unaryEcho: unary,
    unaryWrite: unary,
    async *serverEcho(request) {
      const run = scripts.start(request.script);
      await run.ready;
      const count = request.script?.messages ?? 0;
      for (let index = 0; index < count; index++) {
        throwIf(run.failure(index));
        yield { text: request.text, index };
      }
      throwIf(run.failure(count));
    },
    async clientEcho(requests) {
      const texts: string[] = [];
      let run: ReturnType<ScriptRunner["start"]> | undefined;
      for await (const request of requests) {
        run ??= scripts.start(request.script);
        await run.ready;
        throwIf(run.failure(texts.length));
        texts.push(request.text);
      }
      throwIf(run?.failure(texts.length));
      return { texts };
    },
    async *bidiEcho(requests) {
      let index = 0;
      let run: ReturnType<ScriptRunner["start"]> | undefined;
      for await (const request of requests) {
        run ??= scripts.start(request.script);
        await run.ready;
        throwIf(run.failure(index));
        yield { text: request.text, index: index++ };
      }
      throwIf(run?.failure(index));
    },
  });
}

function throwIf(failure: ScriptedFailure | undefined): void {
  if (failure !== undefined) {
    throw new ConnectError(
      failure.message,
      failure.code,
      failure.challenge === undefined ? undefined : { "www-authenticate": failure.challenge },
    );
  }
}
