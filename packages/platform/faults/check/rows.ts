import { DatabaseSync } from "node:sqlite";
import pg from "pg";

export type Row = Readonly<Record<string, unknown>>;

/** Reads a database beside the services, without any of their code. */
export interface Inspection {
  all(sql: string): Promise<Row[]>;
  close(): Promise<void>;
}

export async function inspect(url: string): Promise<Inspection> {
  if (url.startsWith("sqlite:")) {
    const database = new DatabaseSync(url.slice("sqlite:".length), { timeout: 5000 });
    return {
      all: async (sql) => database.prepare(sql).all() as Row[],
      close: async () => database.close(),
    };
  }
  const client = new pg.Client(url);
  client.on("error", () => undefined);
  await client.connect();
  return {
    all: async (sql) => (await client.query<Row>(sql)).rows,
    close: () => client.end(),
  };
}

export function text(row: Row, column: string): string {
  return String(row[column]);
}

/** PostgreSQL gives integers of 64 bits as text. */
export function integer(row: Row, column: string): number {
  return Number(row[column]);
}

export function bytes(row: Row, column: string): Uint8Array {
  return row[column] as Uint8Array;
}

/** The rows by the text in a column. */
export function groupBy(rows: readonly Row[], column: string): Map<string, Row[]> {
  return Map.groupBy(rows, (row) => text(row, column));
}
