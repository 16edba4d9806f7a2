import type { ServiceImpl } from "@connectrpc/connect";
import type { DocumentService } from "@partner/document/service/v1";
import { syncDocuments } from "../domain/changes/sync.ts";
import { watchDocuments } from "../domain/changes/watch.ts";
import { checkMutation } from "./check-mutation.ts";
import { contextFor, type Deps } from "./deps.ts";
import { failing } from "./failing.ts";

type Handlers = Pick<ServiceImpl<typeof DocumentService>, "watchDocuments" | "syncDocuments">;

/** The RPCs about changes. */
export function changeHandlers(deps: Deps): Handlers {
  const check = checkMutation(deps.validator);
  return {
    watchDocuments: (request, call) =>
      failing(watchDocuments(deps, deps.callerOf(call).partnerId, request, call.signal)),
    syncDocuments: (requests, call) =>
      failing(syncDocuments(deps, contextFor(deps, call), check, requests, call.signal)),
  };
}
