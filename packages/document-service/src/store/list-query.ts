import { DocumentOrder } from "@partner/document/service/v1";
import { DocumentState } from "@partner/document/v1";
import type { Dialect } from "@partner/storage";
import { type Expression, type ExpressionBuilder, type Kysely, type SqlBool, sql } from "kysely";
import { bounds, fold } from "../domain/filter.ts";
import type { ListQuery } from "../domain/store.ts";
import { bytesOf } from "./rows.ts";
import type { Schema } from "./schema.ts";

type Builder = ExpressionBuilder<Schema, "document">;
type Order = readonly ["create_time" | "update_time" | "title", "asc" | "desc"];

const orders = new Map<DocumentOrder, Order>([
  [DocumentOrder.CREATE_TIME_DESC, ["create_time", "desc"]],
  [DocumentOrder.CREATE_TIME_ASC, ["create_time", "asc"]],
  [DocumentOrder.UPDATE_TIME_DESC, ["update_time", "desc"]],
  // Bytes of UTF-8 sort as the code points do.
  [DocumentOrder.TITLE_ASC, ["title", "asc"]],
]);

/** The query of one page of documents. Its conditions are those of `matches`. */
export function listQuery(tx: Kysely<Schema>, dialect: Dialect, partnerId: string, query: ListQuery) {
  const [column, direction] = orders.get(query.order) ?? (["create_time", "desc"] as const);
  return tx
    .selectFrom("document")
    .select("body")
    .where("partner_id", "=", partnerId)
    .where((eb) => eb.and([...conditions(eb, dialect, query), ...behind(eb, column, direction, query)]))
    .orderBy(column, direction)
    .orderBy("document_id", "asc")
    .limit(query.limit);
}

function* conditions(eb: Builder, dialect: Dialect, { filter }: ListQuery): Iterable<Expression<SqlBool>> {
  if (filter === undefined || filter.states.length === 0) {
    yield eb("state", "!=", DocumentState.DELETED);
  } else {
    yield eb("state", "in", filter.states);
  }
  if (filter === undefined) {
    return;
  }
  for (const [key, value] of Object.entries(filter.labels)) {
    yield eb.exists(
      eb
        .selectFrom("document_label")
        .select("label_key")
        .whereRef("document_label.partner_id", "=", "document.partner_id")
        .whereRef("document_label.document_id", "=", "document.document_id")
        .where("label_key", "=", key)
        .where("label_value", "=", bytesOf(value)),
    );
  }
  if (filter.titleContains !== "") {
    const part = bytesOf(fold(filter.titleContains));
    yield dialect === "sqlite"
      ? sql<SqlBool>`instr(title_folded, ${part}) > 0`
      : sql<SqlBool>`position(${part}::bytea in title_folded) > 0`;
  }
  if (filter.creatorServiceAccountId !== "") {
    yield eb("creator_account_id", "=", filter.creatorServiceAccountId);
  }
  yield* within(eb, "create_time", bounds(filter.createTimeRange));
  yield* within(eb, "update_time", bounds(filter.updateTimeRange));
}

function* within(
  eb: Builder,
  column: "create_time" | "update_time",
  { start, end }: { start: number | undefined; end: number | undefined },
): Iterable<Expression<SqlBool>> {
  if (start !== undefined) {
    yield eb(column, ">=", start);
  }
  if (end !== undefined) {
    yield eb(column, "<", end);
  }
}

/** Behind the last document of the page before, in the order of the list. */
function* behind(
  eb: Builder,
  column: Order[0],
  direction: Order[1],
  { after }: ListQuery,
): Iterable<Expression<SqlBool>> {
  if (after === undefined) {
    return;
  }
  const value = typeof after.value === "string" ? bytesOf(after.value) : after.value;
  yield eb.or([
    eb(column, direction === "desc" ? "<" : ">", value as never),
    eb.and([eb(column, "=", value as never), eb("document_id", ">", after.documentId)]),
  ]);
}
