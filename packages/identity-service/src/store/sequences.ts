import type { Kysely } from "kysely";
import type { IdentitySchema } from "./schema.ts";

/**
 * Takes the next `count` numbers of a sequence and answers the first. Numbers are in the order of commits: the row stays
 * locked until the transaction ends, so who has a higher number commits later, and a reader who sees a number has seen
 * all lower ones.
 */
export async function takeNumbers(db: Kysely<IdentitySchema>, name: string, count: number): Promise<number> {
  const { value } = await db
    .insertInto("sequences")
    .values({ name, value: count })
    .onConflict((conflict) =>
      conflict.column("name").doUpdateSet((eb) => ({ value: eb("sequences.value", "+", count) })),
    )
    .returning("value")
    .executeTakeFirstOrThrow();
  return value - count + 1;
}

/** The last number that was taken; 0 before the first. */
export async function lastNumber(db: Kysely<IdentitySchema>, name: string): Promise<number> {
  const row = await db.selectFrom("sequences").select("value").where("name", "=", name).executeTakeFirst();
  return row?.value ?? 0;
}
