import pg from "pg";
import { StorageError } from "../errors.ts";

const { builtins } = pg.types;

/** How values are read: as SQLite gives them. What is not named here is as `pg` reads it. */
export const postgresTypes: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: "text" | "binary") => {
    if (format !== "binary") {
      switch (oid) {
        case builtins.INT8:
          return toInteger;
        case builtins.BYTEA:
          return toBytes;
      }
    }
    return pg.types.getTypeParser(oid, format as "text");
  }) as pg.CustomTypesConfig["getTypeParser"],
};

function toInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) {
    throw new StorageError("integer_out_of_range", "an integer of the database is beyond 2^53 - 1");
  }
  return value;
}

const readBytes = pg.types.getTypeParser(builtins.BYTEA) as (text: string) => Buffer;

function toBytes(text: string): Uint8Array {
  const buffer = readBytes(text);
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
