import type { Database } from "./database.ts";
import { type OpenOptions, resolveOptions } from "./options.ts";
import { openPostgres } from "./postgres/open-postgres.ts";
import { openSqlite } from "./sqlite/open-sqlite.ts";
import { parseUrl } from "./url.ts";

/**
 * Opens a database and brings its schema up to date. Throws `StorageError`: `invalid_options`, `migration_mismatch`,
 * `migration_failed`, `unavailable`, `corrupt`, `read_only`.
 */
export async function openDatabase<Schema>(options: OpenOptions): Promise<Database<Schema>> {
  const resolved = resolveOptions(options);
  const location = parseUrl(options.url);
  switch (location.dialect) {
    case "sqlite":
      return await openSqlite<Schema>(location.file, resolved);
    case "postgres":
      return await openPostgres<Schema>(location.connectionString, resolved);
  }
}
