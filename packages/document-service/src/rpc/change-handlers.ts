import { Code, ConnectError, type HandlerContext, type ServiceImpl } from "@connectrpc/connect";
import type { DocumentService } from "@partner/document/service/v1";
import { syncDocuments } from "../domain/changes/sync.ts";
import { watchDocuments } from "../domain/changes/watch.ts";
import type { Failure } from "../domain/outcome.ts";
import { checkMutation } from "./check-mutation.ts";
import { contextFor, type Deps } from "./deps.ts";
import { failing } from "./failing.ts";

type Handlers = Pick<ServiceImpl<typeof DocumentService>, "watchDocuments" | "syncDocuments">;

/** The RPCs about changes. */
export function changeHandlers(deps: Deps): Handlers {
  const check = checkMutation(deps.validator);
  const { draining } = deps;

  /** A stream that has no end of its own: it ends with the call, or when this replica closes. */
  async function* endless<T>(
    call: HandlerContext,
    start: (signal: AbortSignal) => AsyncGenerator<T, Failure | undefined>,
  ): AsyncGenerator<T, void, undefined> {
    yield* failing(start(AbortSignal.any([call.signal, draining])));
    if (draining.aborted && !call.signal.aborted) {
      throw new ConnectError("the server is closing: start again with the last cursor", Code.Unavailable);
    }
  }

  return {
    watchDocuments: (request, call) =>
      endless(call, (signal) => watchDocuments(deps, deps.callerOf(call).partnerId, request, signal)),
    syncDocuments: (requests, call) =>
      endless(call, (signal) => syncDocuments(deps, contextFor(deps, call), check, requests, signal)),
  };
}
