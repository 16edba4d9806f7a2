import { join } from "node:path";
import { startPostgresCluster } from "@partner/storage/testing";
import type { Store } from "./targets.ts";

/** Makes empty databases. */
export interface Databases {
  create(name: string): Promise<string>;
  stop(): Promise<void>;
}

/** Databases as durable as in production: SQLite's commits, and those of a PostgreSQL of our own, wait for the disk. */
export async function openDatabases(store: Store, folder: string): Promise<Databases> {
  if (store === "sqlite") {
    return { create: async (name) => `sqlite:${join(folder, `${name}.db`)}`, stop: async () => undefined };
  }
  const cluster = await startPostgresCluster({ fsync: true, settings: { shared_buffers: "128MB" } });
  return { create: (name) => cluster.createDatabase(name), stop: () => cluster.stop() };
}
