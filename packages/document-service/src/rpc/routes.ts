import type { ConnectRouter } from "@connectrpc/connect";
import { DocumentService } from "@partner/document/service/v1";
import { serverValidate } from "@wirehouse/interceptors/validate";
import { changeHandlers } from "./change-handlers.ts";
import { contentHandlers } from "./content-handlers.ts";
import type { Deps } from "./deps.ts";
import { documentHandlers } from "./document-handlers.ts";
import { storageErrors } from "./storage-errors.ts";

/** Registers DocumentService, with the checks that its proto states. */
export function documentRoutes(deps: Deps): (router: ConnectRouter) => void {
  const implementation = { ...documentHandlers(deps), ...contentHandlers(deps), ...changeHandlers(deps) };
  const interceptors = [storageErrors(), serverValidate({ validator: deps.validator })];
  return (router) => {
    router.service(DocumentService, implementation, { interceptors });
  };
}
