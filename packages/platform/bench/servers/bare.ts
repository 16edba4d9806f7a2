// The same handlers on the same store as the document service, on plain connect-node: without tokens, validation, limits, logs,
// metrics and the rest of what @wirehouse/server and the interceptors do. What the difference costs is what this is for.
import { createServer } from "node:http2";
import type { ConnectRouter } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { createDocumentService, migrations, type Schema } from "@partner/document-service";
import { openDatabase } from "@partner/storage";
import { announce } from "./announce.ts";

const caller = {
  partnerId: "00000000-0000-7000-8000-000000000001",
  accountId: "00000000-0000-7000-8000-000000000002",
  scopes: new Set<string>(),
};

const db = await openDatabase<Schema>({
  url: process.env.DATABASE_URL as string,
  migrations,
  applicationName: "bare",
});
const service = createDocumentService({ db, callerOf: () => caller });

/** Registers the handlers without the interceptors that the service brings along: storage errors, validation. */
function routes(router: ConnectRouter): void {
  const bare: ConnectRouter = {
    handlers: router.handlers,
    service: (...[definition, implementation]) => router.service(definition, implementation),
    rpc: (...[method, implementation]) => router.rpc(method, implementation),
  };
  service.routes(bare);
}

// As the full stack: content is not compressed.
announce(createServer(connectNodeAdapter({ routes, compressMinBytes: 524_288 })));
