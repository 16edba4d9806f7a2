import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe } from "vitest";
import type { Database, Dialect } from "../database.ts";
import { openDatabase } from "../open-database.ts";
import type { OpenOptions } from "../options.ts";
import { createDatabase, dropDatabase } from "./postgres-databases.ts";
import { findPostgresPrograms } from "./postgres-programs.ts";
import { sharedPostgresUrl } from "./shared-postgres.ts";

/** A kind of database to test on. */
export interface TestStore {
  readonly dialect: Dialect;
  /** The URL of an empty database, new at every call; it is removed after the test. */
  url(): Promise<string>;
  /** Opens a database, by default a new one; it is closed after the test. */
  open<Schema>(options: Omit<OpenOptions, "url"> & { url?: string }): Promise<Database<Schema>>;
}

/**
 * Runs a suite on SQLite, in a file, and on a real PostgreSQL. Where PostgreSQL is not installed that half is skipped, which
 * the report shows; with `WIREHOUSE_TEST_POSTGRES=require` it fails instead.
 */
export function eachStore(title: string, suite: (store: TestStore) => void): void {
  describe(`${title}, on sqlite`, () => suite(testStore("sqlite", sqliteUrl)));
  if (findPostgresPrograms() !== undefined || process.env.WIREHOUSE_TEST_POSTGRES === "require") {
    describe(`${title}, on postgres`, () => suite(testStore("postgres", postgresUrl)));
  } else {
    describe.skip(`${title}, on postgres: not installed (apt-get install postgresql)`, () =>
      suite(testStore("postgres", postgresUrl)));
  }
}

type Cleanup = () => Promise<void>;

function testStore(dialect: Dialect, make: () => Promise<{ url: string; remove: Cleanup }>): TestStore {
  const cleanups: Cleanup[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) {
      await cleanup();
    }
  });
  const url = async (): Promise<string> => {
    const made = await make();
    cleanups.push(made.remove);
    return made.url;
  };
  return {
    dialect,
    url,
    open: async <Schema>(options: Omit<OpenOptions, "url"> & { url?: string }) => {
      const db = await openDatabase<Schema>({ ...options, url: options.url ?? (await url()) });
      cleanups.push(() => db.close());
      return db;
    },
  };
}

async function sqliteUrl(): Promise<{ url: string; remove: Cleanup }> {
  const folder = await mkdtemp(join(tmpdir(), "wirehouse-sqlite-"));
  return {
    url: `sqlite:${join(folder, "test.db")}`,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

async function postgresUrl(): Promise<{ url: string; remove: Cleanup }> {
  const server = await sharedPostgresUrl();
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  return { url: await createDatabase(server, name), remove: () => dropDatabase(server, name) };
}
