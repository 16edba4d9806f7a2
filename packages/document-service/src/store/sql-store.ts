import type { Database } from "@partner/storage";
import type { Store } from "../domain/store.ts";
import type { Schema } from "./schema.ts";
import { SqlUnit } from "./sql-unit.ts";
import { SqlView } from "./sql-view.ts";

/** Keeps documents in a database, SQLite or PostgreSQL, which other replicas may use at the same time. */
export function createSqlStore(db: Database<Schema>): Store {
  const channelOf = (partnerId: string): string => `documents/${partnerId}`;
  return {
    read: (partnerId, work) => db.read((tx) => work(new SqlView(tx, db.dialect, partnerId))),
    readOne: (partnerId, work) => db.readOne((tx) => work(new SqlView(tx, db.dialect, partnerId))),
    async write(partnerId, work) {
      const lock = channelOf(partnerId);
      const { result, stirred } = await db.write(
        async (tx) => {
          const unit = new SqlUnit(tx, db.dialect, partnerId);
          const result = await work(unit);
          await unit.save();
          return { result, stirred: unit.stirred };
        },
        // One write of a partner at a time: sequences are committed in their order, so a watcher can never see one and miss
        // a smaller one that is still under way.
        { lock },
      );
      if (stirred) {
        db.wake(lock);
      }
      return result;
    },
    async pulses(partnerIds) {
      const rows = await db.readOne((tx) =>
        tx
          .selectFrom("partner")
          .select(["partner_id", "pulse"])
          .where("partner_id", "in", partnerIds)
          .execute(),
      );
      return new Map(rows.map((row) => [row.partner_id, row.pulse]));
    },
    onStir: (partnerId, listener) => db.onWake(channelOf(partnerId), listener),
    async partners(after, limit) {
      const rows = await db.readOne((tx) =>
        tx
          .selectFrom("partner")
          .select("partner_id")
          .where("partner_id", ">", after)
          .orderBy("partner_id", "asc")
          .limit(limit)
          .execute(),
      );
      return rows.map((row) => row.partner_id);
    },
  };
}
