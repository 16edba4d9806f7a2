import type { HandlerContext } from "@connectrpc/connect";
import type { Caller } from "../domain/caller.ts";
import type { DomainDeps } from "../domain/deps.ts";
import type { SecretHasher } from "../domain/ports.ts";
import type { SigningKeyAdmin } from "../domain/token-ports.ts";
import type { Pager } from "./paging.ts";
import type { RevocationNews } from "./revocation-news.ts";
import type { SealedTokens } from "./sealed-tokens.ts";

/** What the handlers work with. */
export interface RpcDeps extends DomainDeps {
  readonly hasher: SecretHasher;
  readonly signingKeys: SigningKeyAdmin;
  readonly callerOf: (context: HandlerContext) => Caller;
  readonly tokens: SealedTokens;
  readonly readPage: Pager;
  readonly news: RevocationNews;
  /** Aborts when the server begins to close: streams without an end of their own end then. */
  readonly draining: AbortSignal;
  /** A clock that nobody sets, in milliseconds: for heartbeats. */
  readonly monotonicNow: () => number;
}
