import type { Validator } from "@bufbuild/protovalidate";
import type { HandlerContext } from "@connectrpc/connect";
import type { Following } from "../domain/changes/follow.ts";
import type { Context, Platform } from "../domain/context.ts";
import { contextOf } from "../domain/context.ts";
import type { CallerOf } from "./caller.ts";

/** What the handlers work with. */
export interface Deps extends Following {
  readonly platform: Platform;
  readonly callerOf: CallerOf;
  /** Checks the mutations of SyncDocuments, which the interceptor leaves alone. */
  readonly validator: Validator;
  /** Aborts when this replica is about to close. */
  readonly draining: AbortSignal;
}

/** On whose behalf a call is. */
export function contextFor({ callerOf, platform }: Deps, call: HandlerContext): Context {
  return contextOf(platform, callerOf(call));
}
