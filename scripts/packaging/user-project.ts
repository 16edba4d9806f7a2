import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";

/** A small repository of somebody else: two domains, one importing the other, and a service. */
export const userProject = new URL("./user-project/", import.meta.url);

/** Links the generated packages as a package manager would. */
export function linkGenerated(folder: string): void {
  mkdirSync(join(folder, "node_modules/@shop"));
  for (const name of ["order", "stock"]) {
    symlinkSync(join(folder, "gen/shop", name), join(folder, "node_modules/@shop", name), "junction");
  }
}

/** Uses the generated code as its user would, through its packages. */
export const useGenerated = `
import assert from "node:assert/strict";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { OrderService, PlaceOrderRequestSchema } from "@shop/order/v1";
import { ItemSchema } from "@shop/stock/v1";

const request = create(PlaceOrderRequestSchema, { item: create(ItemSchema, { itemId: "7" }) });
const again = fromBinary(PlaceOrderRequestSchema, toBinary(PlaceOrderRequestSchema, request));
assert.equal(again.item?.itemId, "7");
assert.equal(OrderService.method.placeOrder.input, PlaceOrderRequestSchema);
`;

/** What `generate` must have written, no more and no less. */
export const expectedOutputs = [
  "gen/shop/order/package.json",
  "gen/shop/order/v1/index.d.ts",
  "gen/shop/order/v1/index.js",
  "gen/shop/order/v1/order_pb.d.ts",
  "gen/shop/order/v1/order_pb.js",
  "gen/shop/stock/package.json",
  "gen/shop/stock/v1/index.d.ts",
  "gen/shop/stock/v1/index.js",
  "gen/shop/stock/v1/stock_pb.d.ts",
  "gen/shop/stock/v1/stock_pb.js",
];
