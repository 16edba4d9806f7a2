import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A small repository of somebody else: two domains, one importing the other, and a service. */
const files: Readonly<Record<string, string>> = {
  "buf.yaml": `version: v2
modules:
  - path: proto
lint:
  use: [STANDARD]
`,
  "buf.gen.yaml": `version: v2
clean: true
plugins:
  - local: protoc-gen-es
    out: gen
    opt: [target=js+dts, import_extension=js]
`,
  "wirehouse.yaml": `version: v1
packages:
  - out: gen
    names:
      shop/*: "@shop/*"
    manifest: { private: true }
    dependencies:
      "@bufbuild/protobuf": "^2.0.0"
`,
  "proto/shop/stock/v1/stock.proto": `syntax = "proto3";
package shop.stock.v1;

import "google/protobuf/timestamp.proto";

message Item {
  string item_id = 1;
  google.protobuf.Timestamp update_time = 2;
}
`,
  "proto/shop/order/v1/order.proto": `syntax = "proto3";
package shop.order.v1;

import "shop/stock/v1/stock.proto";

message PlaceOrderRequest {
  shop.stock.v1.Item item = 1;
}

message PlaceOrderResponse {
  string order_id = 1;
}

service OrderService {
  rpc PlaceOrder(PlaceOrderRequest) returns (PlaceOrderResponse);
}
`,
};

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

export function writeUserProject(folder: string): void {
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), content);
  }
}
