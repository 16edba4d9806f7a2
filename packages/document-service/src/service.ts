import { setTimeout } from "node:timers/promises";
import { createValidator } from "@bufbuild/protovalidate";
import type { ConnectRouter } from "@connectrpc/connect";
import type { Database } from "@partner/storage";
import { createChangeReader } from "./domain/changes/change-reader.ts";
import { createNews } from "./domain/changes/news.ts";
import type { Clock } from "./domain/context.ts";
import { createIds } from "./domain/ids.ts";
import type { Quota } from "./domain/limits.ts";
import { type RetentionReport, runRetention } from "./domain/retention.ts";
import type { CallerOf } from "./rpc/caller.ts";
import { documentRoutes } from "./rpc/routes.ts";
import { sha256 } from "./sha256.ts";
import type { Schema } from "./store/schema.ts";
import { createSqlStore } from "./store/sql-store.ts";

/** What one partner may keep unless the options say otherwise: 100,000 documents, and 100 GiB of content. */
export const defaultQuota: Quota = { documents: 100_000, contentBytes: 100 * 1024 ** 3 };

/** Options of `createDocumentService`. */
export interface DocumentServiceOptions {
  /** The database, opened with the `migrations` of this package. The service does not close it. */
  readonly db: Database<Schema>;
  /** Says who calls. */
  readonly callerOf: CallerOf;
  /** What one partner may keep. Default: `defaultQuota`. */
  readonly quota?: Quota;
  /** Wall clock and timer. Default: those of the process. */
  readonly clock?: Clock;
}

/** The document service in this process. */
export interface DocumentService {
  /** Registers the RPCs. */
  readonly routes: (router: ConnectRouter) => void;
  /** One round of retention: purges, expires, forgets. Safe in several replicas at once. */
  retain(signal: AbortSignal): Promise<RetentionReport>;
  /** Ends the streams that follow changes, with `Unavailable`: their clients go on elsewhere. */
  drain(): void;
  /** Stops following changes. Close the server before, and the database after. */
  close(): void;
}

/** Puts the service together: the domain, its store in SQL, and the handlers. */
export function createDocumentService(options: DocumentServiceOptions): DocumentService {
  const clock = options.clock ?? systemClock;
  const quota = options.quota ?? defaultQuota;
  const platform = { clock, quota, sha256, newId: createIds(clock.now) };
  const store = createSqlStore(options.db);
  const news = createNews(store, clock);
  const reader = createChangeReader(store);
  const validator = createValidator();
  const drain = new AbortController();
  const { callerOf } = options;
  return {
    routes: documentRoutes({
      store,
      clock,
      news,
      reader,
      platform,
      callerOf,
      validator,
      draining: drain.signal,
    }),
    retain: (signal) => runRetention(store, platform, signal),
    drain: () => drain.abort(),
    close: () => news.close(),
  };
}

const systemClock: Clock = {
  now: Date.now,
  sleep: (ms, signal) => setTimeout(ms, undefined, { signal }),
};
