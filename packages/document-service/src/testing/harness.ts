import { randomUUID } from "node:crypto";
import {
  type Client,
  createClient,
  createRouterTransport,
  type Interceptor,
  type Transport,
} from "@connectrpc/connect";
import { DocumentService } from "@partner/document/service/v1";
import type { Database } from "@partner/storage";
import type { TestStore } from "@partner/storage/testing";
import { createTestClock, type TestClock } from "@wirehouse/testkit";
import { createDocumentService, migrations, type Quota, type Schema } from "../index.ts";
import type { Caller } from "../rpc/caller.ts";

/** A caller of its own partner, or another account of a partner. */
export function makeCaller(partnerId: string = randomUUID()): Caller {
  return { partnerId, accountId: randomUUID(), scopes: new Set(["document:read", "document:write"]) };
}

/** One replica of the service, in process. */
export interface Replica {
  client(caller: Caller): Client<typeof DocumentService>;
  readonly service: ReturnType<typeof createDocumentService>;
}

/** A database and the replicas that share it. */
export interface Harness {
  readonly clock: TestClock;
  readonly db: Database<Schema>;
  /** As `replica()`, made on first use. */
  readonly main: Replica;
  readonly client: Client<typeof DocumentService>;
  readonly caller: Caller;
  /** Another replica; on PostgreSQL with connections of its own, as in another process. */
  replica(): Promise<Replica>;
}

/** Opens a new database with a service on it, whose time stands still. */
export async function openHarness(store: TestStore, options: { quota?: Quota } = {}): Promise<Harness> {
  const clock = createTestClock();
  const url = await store.url();
  const db = await store.open<Schema>({ migrations, url });
  const replica = async (): Promise<Replica> => {
    const own = store.dialect === "sqlite" ? db : await store.open<Schema>({ migrations, url });
    return startReplica(own, clock, options.quota);
  };
  const main = startReplica(db, clock, options.quota);
  const caller = makeCaller();
  return { clock, db, main, caller, replica, client: main.client(caller) };
}

/** The service on a database. The caller is what a header names: who may call is tested with the gate. */
export function startReplica(db: Database<Schema>, clock: TestClock, quota?: Quota): Replica {
  const service = createDocumentService({
    db,
    clock: { now: clock.wallNow, sleep: clock.sleep },
    callerOf: ({ requestHeader }) => readCaller(requestHeader),
    ...(quota === undefined ? {} : { quota }),
  });
  const transportOf = (caller: Caller): Transport =>
    createRouterTransport(service.routes, { transport: { interceptors: [asCaller(caller)] } });
  return { service, client: (caller) => createClient(DocumentService, transportOf(caller)) };
}

/** Client interceptor: says who calls, to `readCaller`. */
export function asCaller(caller: Caller): Interceptor {
  return (next) => (request) => {
    request.header.set("x-caller", [caller.partnerId, caller.accountId].join(" "));
    return next(request);
  };
}

/** Who calls, by what `asCaller` wrote. */
export function readCaller(header: Headers): Caller {
  const [partnerId = "", accountId = ""] = (header.get("x-caller") ?? "").split(" ");
  return { partnerId, accountId, scopes: new Set() };
}
