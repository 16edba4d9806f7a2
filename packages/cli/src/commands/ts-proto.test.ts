import { cpSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { cliDirectory, makeFixture, runTool } from "../testing/fixture.ts";

const repository = join(cliDirectory, "../..");

/** Fills every field of a message, in as many ways as its largest oneof has choices. */
const roundTrip = `
import { create, fromBinary, ScalarType, toBinary, toJsonString } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";

function scalarOf(type, n) {
  switch (type) {
    case ScalarType.STRING: return "text ü🎉 " + n;
    case ScalarType.BOOL: return true;
    case ScalarType.BYTES: return new Uint8Array([0, 255, n]);
    case ScalarType.DOUBLE: case ScalarType.FLOAT: return n + 0.5;
    case ScalarType.UINT64: case ScalarType.FIXED64: return 18446744073709551615n - BigInt(n);
    case ScalarType.INT64: case ScalarType.SINT64: case ScalarType.SFIXED64: return -9007199254740993n - BigInt(n);
    case ScalarType.UINT32: case ScalarType.FIXED32: return 4294967295 - n;
    default: return -2147483648 + n;
  }
}
function valueOf(field, kind, variant, depth) {
  if (kind === "enum") return field.enum.values.at(-1).number;
  if (kind === "scalar") return scalarOf(field.scalar, field.number);
  return reflect(field.message, fill(field.message, variant, depth + 1));
}
// ts-proto gives these as Date (of milliseconds) and as a list of strings.
const special = {
  "google.protobuf.Timestamp": { seconds: 1700000000n, nanos: 123000000 },
  "google.protobuf.Duration": { seconds: 5n, nanos: 7 },
  "google.protobuf.FieldMask": { paths: ["title", "label_ids"] },
};
function fill(schema, variant, depth) {
  if (schema.typeName in special) return create(schema, special[schema.typeName]);
  const message = create(schema);
  const view = reflect(schema, message);
  for (const field of schema.fields) {
    const oneof = field.oneof;
    if (oneof !== undefined && oneof.fields[variant % oneof.fields.length] !== field) continue;
    if (field.message !== undefined && depth > 3) continue;
    if (field.fieldKind === "list") {
      const list = view.get(field);
      list.add(valueOf(field, field.listKind, variant, depth));
      list.add(valueOf(field, field.listKind, variant + 1, depth));
    } else if (field.fieldKind === "map") {
      const key = field.mapKey === ScalarType.STRING ? "key" : scalarOf(field.mapKey, 1);
      view.get(field).set(key, valueOf(field, field.mapKind, variant, depth));
    } else {
      view.set(field, valueOf(field, field.fieldKind, variant, depth));
    }
  }
  return message;
}

let count = 0;
for (const name of ["partner/document/v1/events", "partner/identity/v1/events"]) {
  const es = await import("./gen/ts/" + name + "_pb.js");
  const plain = await import("./out/" + name + ".js");
  for (const schema of Object.values(es).find((value) => value.kind === "file").messages) {
    const variants = Math.max(1, ...schema.oneofs.map((oneof) => oneof.fields.length));
    for (let variant = 0; variant < variants; variant++) {
      const message = fill(schema, variant, 0);
      const bytes = toBinary(schema, message);
      const { decode, encode } = plain[schema.name];
      const back = fromBinary(schema, encode(decode(bytes)).finish());
      if (toJsonString(schema, back) !== toJsonString(schema, message) || bytes.length === 0 !== (schema.fields.length === 0)) {
        throw new Error(schema.typeName + " " + variant + "\\n" + toJsonString(schema, message) + "\\n" + toJsonString(schema, back));
      }
      count++;
    }
  }
}
console.log(count);
`;

it("makes interfaces of the events that compile strict and carry what protobuf-es does", async () => {
  const fixture = makeFixture({ "round-trip.mjs": roundTrip });
  for (const name of ["proto", "buf.yaml", "buf.gen.yaml", "wirehouse.yaml"]) {
    cpSync(join(repository, name), join(fixture.root, name), { recursive: true });
  }
  // Packages need an install: without them the code of domains imports each other by path.
  const { packages: _, ...config } = parse(fixture.read("wirehouse.yaml"));
  fixture.write({
    "wirehouse.yaml": stringify(config),
    "package.json": { ...JSON.parse(fixture.read("package.json")), type: "module" },
    "tsconfig.json": {
      compilerOptions: {
        target: "es2024",
        module: "nodenext",
        strict: true,
        noImplicitOverride: true,
        noFallthroughCasesInSwitch: true,
        skipLibCheck: true,
        types: [],
        rootDir: "gen/ts-proto",
        outDir: "out",
      },
      include: ["gen/ts-proto"],
    },
  });
  await fixture.generate();
  expect(Object.keys(fixture.tree("gen/ts-proto"))).toContain("partner/document/v1/events.ts");
  const tsc = join(repository, "node_modules/typescript/bin/tsc");
  await runTool(process.execPath, [tsc, "-p", fixture.root], fixture.root);
  const count = await runTool(process.execPath, ["round-trip.mjs"], fixture.root);
  expect(Number(count.toString())).toBeGreaterThan(20);
});
