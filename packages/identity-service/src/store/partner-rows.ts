import type { Kysely } from "kysely";
import type { Partner, PartnerState } from "../domain/model.ts";
import type { PartnerRows } from "../domain/store.ts";
import type { IdentitySchema, PartnersTable } from "./schema.ts";

export function partnerRows(db: Kysely<IdentitySchema>): PartnerRows {
  return {
    async find(partnerId) {
      const row = await db
        .selectFrom("partners")
        .selectAll()
        .where("partner_id", "=", partnerId)
        .executeTakeFirst();
      return row && toPartner(row);
    },

    async list({ partnerId, states, after, limit }) {
      let query = db.selectFrom("partners").selectAll().orderBy("slug").limit(limit);
      if (partnerId !== undefined) {
        query = query.where("partner_id", "=", partnerId);
      }
      if (states.length > 0) {
        query = query.where("state", "in", states);
      }
      if (after !== undefined) {
        query = query.where("slug", ">", after);
      }
      return (await query.execute()).map(toPartner);
    },

    async insert(partner) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto("partners")
        .values(toRow(partner))
        .onConflict((conflict) => conflict.column("slug").doNothing())
        .executeTakeFirstOrThrow();
      return numInsertedOrUpdatedRows === 1n;
    },

    async update(partner) {
      await db
        .updateTable("partners")
        .set(toRow(partner))
        .where("partner_id", "=", partner.partnerId)
        .execute();
    },
  };
}

function toPartner(row: PartnersTable): Partner {
  return {
    partnerId: row.partner_id,
    slug: row.slug,
    displayName: row.display_name,
    contactEmail: row.contact_email,
    state: row.state as PartnerState,
    etag: row.etag,
    createdAt: row.create_time,
    updatedAt: row.update_time,
  };
}

function toRow(partner: Partner): PartnersTable {
  return {
    partner_id: partner.partnerId,
    slug: partner.slug,
    display_name: partner.displayName,
    contact_email: partner.contactEmail,
    state: partner.state,
    etag: partner.etag,
    create_time: partner.createdAt,
    update_time: partner.updatedAt,
  };
}
