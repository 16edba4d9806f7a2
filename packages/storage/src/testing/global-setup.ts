import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PostgresCluster, startPostgresCluster } from "./postgres-cluster.ts";
import { sharedPostgresVariable } from "./shared-postgres.ts";

/**
 * For Vitest's `globalSetup`: one PostgreSQL for all test files of a run, started when the first of them asks for it. Files
 * run in processes of their own, so they ask through a socket.
 */
export default async function setup(): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), "wirehouse-pg-run-"));
  const socket = join(folder, "socket");
  let cluster: Promise<PostgresCluster> | undefined;
  const server = createServer((connection) => {
    connection.on("error", () => undefined);
    cluster ??= startPostgresCluster();
    cluster.then(
      ({ url }) => connection.end(JSON.stringify({ url: url("postgres") })),
      (error: unknown) => connection.end(JSON.stringify({ error: String(error) })),
    );
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  process.env[sharedPostgresVariable] = socket;
  return async () => {
    server.close();
    await cluster?.then(({ stop }) => stop()).catch(() => undefined);
    rmSync(folder, { recursive: true, force: true });
  };
}
