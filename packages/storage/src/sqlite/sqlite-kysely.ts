import { CompiledQuery, type DatabaseConnection, Kysely, SqliteDialect, SqliteDriver } from "kysely";
import { openNodeSqlite } from "./node-sqlite.ts";

/** A Kysely on one connection of its own; transactions on it come one after the other. */
export function sqliteKysely<Schema>(file: string, options: { readOnly: boolean }): Kysely<Schema> {
  const database = openNodeSqlite(file, options);
  const dialect = options.readOnly ? new SqliteDialect({ database }) : new ImmediateDialect({ database });
  return new Kysely<Schema>({ dialect });
}

type Config = ConstructorParameters<typeof SqliteDialect>[0];

class ImmediateDialect extends SqliteDialect {
  readonly #config: Config;

  constructor(config: Config) {
    super(config);
    this.#config = config;
  }

  override createDriver(): SqliteDriver {
    return new ImmediateDriver(this.#config);
  }
}

class ImmediateDriver extends SqliteDriver {
  // A transaction that becomes a writer in the middle fails if another process wrote since; one that is from the start waits.
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("begin immediate"));
  }
}
