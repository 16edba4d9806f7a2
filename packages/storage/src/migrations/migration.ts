import { createHash } from "node:crypto";
import type { Dialect } from "../database.ts";

/** How the types of columns are called in a dialect. */
export interface SqlTypes {
  readonly dialect: Dialect;
  /** Text, ordered and compared by its bytes. */
  readonly text: string;
  /** A whole number of 64 bits. */
  readonly integer: string;
  /** Bytes. */
  readonly bytes: string;
  /** `create table <name> (<columns>)`, with the checks of types that SQLite leaves out by default. */
  table(name: string, columns: string): string;
}

/** One step of the schema, never changed once it was released. */
export interface Migration {
  /** Four digits, an underscore, words: `0001_partners`. Ascending. */
  readonly name: string;
  /** The statements, one an entry. They run in one transaction together. */
  readonly statements: (sql: SqlTypes) => readonly string[];
}

const types: Record<Dialect, SqlTypes> = {
  sqlite: {
    dialect: "sqlite",
    text: "text",
    integer: "integer",
    bytes: "blob",
    table: (name, columns) => `create table ${name} (${columns}) strict`,
  },
  postgres: {
    dialect: "postgres",
    text: 'text collate "C"',
    integer: "bigint",
    bytes: "bytea",
    table: (name, columns) => `create table ${name} (${columns})`,
  },
};

/** The statements of a migration in a dialect. */
export function statementsOf(migration: Migration, dialect: Dialect): readonly string[] {
  return migration.statements(types[dialect]);
}

/** Changes when a statement does; white space aside, so that reformatting a migration is no change of it. */
export function checksumOf(statements: readonly string[]): string {
  const normal = statements.map((statement) => statement.replace(/\s+/g, " ").trim());
  return createHash("sha256").update(JSON.stringify(normal)).digest("hex");
}
