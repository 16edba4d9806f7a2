import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findPostgresPrograms, type PostgresCluster, startPostgresCluster } from "@partner/storage/testing";
import { Skip } from "./scenario.ts";

export type StoreKind = "sqlite" | "postgres";

/** Databases for scenarios. */
export interface Stores {
  /** The URL of a new database. PostgreSQL's is in a cluster that a scenario may not harm. */
  url(kind: StoreKind): Promise<string>;
  /** A cluster of its own, with fsync, to kill. */
  cluster(): Promise<PostgresCluster>;
  close(): Promise<void>;
}

export async function createStores(): Promise<Stores> {
  const folder = await mkdtemp(join(tmpdir(), "wirehouse-faults-"));
  const clusters: PostgresCluster[] = [];
  let shared: Promise<PostgresCluster> | undefined;
  const cluster = async (): Promise<PostgresCluster> => {
    if (findPostgresPrograms() === undefined) {
      throw new Skip("postgres", "PostgreSQL is not installed (apt-get install postgresql)");
    }
    const made = await startPostgresCluster({ fsync: true });
    clusters.push(made);
    return made;
  };
  return {
    async url(kind) {
      const name = `faults_${randomUUID().replaceAll("-", "")}`;
      if (kind === "sqlite") {
        return `sqlite:${join(folder, `${name}.db`)}`;
      }
      shared ??= cluster();
      return await (await shared).createDatabase(name);
    },
    cluster,
    async close() {
      await Promise.all(clusters.map((each) => each.stop()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
