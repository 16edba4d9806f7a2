import pg from "pg";
import { resultCode } from "./sqlite/sqlite-errors.ts";

const sqliteUnique: ReadonlySet<number> = new Set([1555, 2067, 2579]);
const postgresUnique = "23505";

/**
 * Whether an error says that a row with the same values exists: of any unique constraint, or of the one on these columns,
 * `table.column[,column…]`, in the order of the constraint. Also finds it as the `cause` of another error.
 */
export function isUniqueViolation(error: unknown, columns?: string): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    const violated = sqliteColumns(at) ?? postgresColumns(at);
    if (violated !== undefined) {
      return columns === undefined || violated === columns.replaceAll(" ", "");
    }
  }
  return false;
}

function sqliteColumns(error: Error): string | undefined {
  const code = resultCode(error);
  if (code === undefined || !sqliteUnique.has(code)) {
    return undefined;
  }
  // UNIQUE constraint failed: note.partner_id, note.name
  const names = error.message.slice(error.message.indexOf(":") + 1).split(",");
  const table = names[0]?.trim().split(".")[0];
  return `${table}.${names.map((name) => name.trim().split(".")[1]).join(",")}`;
}

function postgresColumns(error: Error): string | undefined {
  if (!(error instanceof pg.DatabaseError) || error.code !== postgresUnique) {
    return undefined;
  }
  // Key (partner_id, name)=(1, x) already exists. The words depend on the server's language, the form does not.
  const columns = /\(([^()]*)\)=\(/.exec(error.detail ?? "")?.[1] ?? "";
  return `${error.table}.${columns.replaceAll(" ", "")}`;
}
