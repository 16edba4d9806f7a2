import { type ChildProcess, execFile, spawn } from "node:child_process";
import { chownSync, mkdtempSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";
import { StorageError } from "../errors.ts";
import { createDatabase, dropDatabase } from "./postgres-databases.ts";
import { findPostgresPrograms, unprivilegedUser } from "./postgres-programs.ts";

/** Options of `startPostgresCluster`. */
export interface PostgresClusterOptions {
  /** Whether a commit waits for the disk, which a test of power loss needs, and others do not. Default: false. */
  fsync?: boolean;
  /** Further settings of the server, such as `{ max_connections: "300" }`. */
  settings?: Readonly<Record<string, string>>;
}

/** A PostgreSQL server of its own, in a temporary folder, reached through a socket in it. */
export interface PostgresCluster {
  /** The URL of one of its databases. */
  url(database: string): string;
  /** Makes an empty database, and answers with its URL. */
  createDatabase(name: string): Promise<string>;
  /** Removes a database, with whoever is connected to it. */
  dropDatabase(name: string): Promise<void>;
  /** Ends the server and keeps its data: SIGKILL as a crash, SIGINT as its operator. */
  kill(signal: "SIGKILL" | "SIGINT"): Promise<void>;
  /** Starts it again after `kill`. */
  start(): Promise<void>;
  /** Stops it and removes its folder. */
  stop(): Promise<void>;
}

const role = "wirehouse";
const port = 5432;
const startAttempts = 20;

/**
 * The server's guardian: stops it, and removes its folder, when its standard input closes, and so also when the process that
 * started it is killed. `$1` is the folder, the rest the server's command.
 */
const guardian = `
dir=$1; shift
"$@" </dev/null &
server=$!
{ read -r order || order=remove; } <&3
kill -INT $server 2>/dev/null
wait $server
[ "$order" = keep ] || rm -rf "$dir"
`;

/** Throws `StorageError` `postgres_unavailable` if PostgreSQL is not installed. */
export async function startPostgresCluster(options: PostgresClusterOptions = {}): Promise<PostgresCluster> {
  const programs = findPostgresPrograms();
  if (programs === undefined) {
    throw new StorageError(
      "postgres_unavailable",
      "PostgreSQL's programs were not found on the PATH or in /usr/lib/postgresql: apt-get install postgresql",
    );
  }
  const user = unprivilegedUser();
  const folder = mkdtempSync(join(tmpdir(), "wirehouse-pg-"));
  if (user !== undefined) {
    chownSync(folder, user.uid, user.gid);
  }
  const data = join(folder, "data");
  const environment = { PATH: process.env.PATH, LC_ALL: "C.UTF-8", TZ: "UTC" };
  await promisify(execFile)(
    join(programs, "initdb"),
    [
      "-D",
      data,
      "-U",
      role,
      "-A",
      "trust",
      "-E",
      "UTF8",
      "--locale=C.UTF-8",
      "--no-sync",
      "--no-instructions",
    ],
    { ...user, cwd: folder, env: environment },
  );
  const settings = {
    listen_addresses: "",
    unix_socket_directories: folder,
    port: String(port),
    fsync: options.fsync === true ? "on" : "off",
    full_page_writes: options.fsync === true ? "on" : "off",
    shared_buffers: "32MB",
    max_connections: "200",
    ...options.settings,
  };
  const server = [
    join(programs, "postgres"),
    "-D",
    data,
    ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
  ];

  const url = (database: string): string =>
    `postgres://localhost:${port}/${database}?host=${encodeURIComponent(folder)}&user=${role}`;
  let running: ChildProcess | undefined;
  const end = async (order: "keep" | "remove"): Promise<void> => {
    const child = running;
    running = undefined;
    if (child === undefined) {
      return;
    }
    child.ref();
    const exited =
      child.exitCode !== null ? undefined : new Promise((resolve) => child.once("exit", resolve));
    (child.stdio[3] as NodeJS.WritableStream | null)?.end(`${order}\n`);
    await exited;
  };
  const startOnce = async (): Promise<void> => {
    const child = spawn("/bin/sh", ["-c", guardian, "guardian", folder, ...server], {
      ...user,
      cwd: folder,
      env: environment,
      // Its own group: Ctrl-C in a terminal reaches us, who then stop it.
      detached: true,
      stdio: ["ignore", "ignore", "pipe", "pipe"],
    });
    let log = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      log = (log + String(chunk)).slice(-4000);
    });
    running = child;
    child.unref();
    for (const stream of child.stdio) {
      (stream as { unref?: () => void } | null)?.unref?.();
    }
    await untilReady(
      url("postgres"),
      () => child.exitCode !== null || /FATAL: {2}(?!the database system)/.test(log),
      () => log,
    );
  };
  const start = async (): Promise<void> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await startOnce();
      } catch (error) {
        // After a crash the server's other processes need a moment to notice.
        await end("keep");
        if (attempt === startAttempts) {
          throw error;
        }
        await sleep(100);
      }
    }
  };
  const stop = async (): Promise<void> => {
    await end("remove");
    await rm(folder, { recursive: true, force: true });
  };

  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    createDatabase: (name) => createDatabase(url("postgres"), name),
    dropDatabase: (name) => dropDatabase(url("postgres"), name),
    kill: async (signal) => {
      const pid = Number((await readFile(join(data, "postmaster.pid"), "utf8")).split("\n")[0]);
      process.kill(pid, signal);
      await end("keep");
    },
    start,
    stop,
  };
}

async function untilReady(url: string, failed: () => boolean, log: () => string): Promise<void> {
  for (;;) {
    const client = new pg.Client(url);
    client.on("error", () => undefined);
    try {
      await client.connect();
      await client.end();
      return;
    } catch (cause) {
      if (failed()) {
        throw new Error(`PostgreSQL did not start: ${log()}`, { cause });
      }
      await sleep(20);
    }
  }
}
