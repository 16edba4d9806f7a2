import { expect, test } from "vitest";
import { echo, record } from "../testing/fake-plugin.ts";
import { makeFixture, pluginFixture } from "../testing/fixture.ts";

const managed = `version: v2
managed:
  enabled: true
  override:
    - file_option: java_package_prefix
      value: com.example
    - file_option: go_package_prefix
      value: example.com/gen
    - field_option: jstype
      value: JS_STRING
      field: acme.v1.A.big
plugins:
  - local: ./fake
    out: gen
  - local: protoc-gen-es
    out: gen/es
`;

const protos = {
  "proto/acme/v1/a.proto":
    'syntax = "proto3";\npackage acme.v1;\nimport "acme/v1/b.proto";\n// A.\nmessage A {\n  B b = 1;\n  int64 big = 2;\n}\n',
  "proto/acme/v1/b.proto":
    'syntax = "proto3";\npackage acme.v1;\nimport "google/protobuf/timestamp.proto";\nmessage B {\n  google.protobuf.Timestamp at = 1;\n}\n',
};

test("managed mode gives plugins the descriptors, and writes the code, that buf does", async () => {
  const fixture = makeFixture(pluginFixture(record, { "buf.gen.yaml": managed, ...protos }));
  await fixture.buf("generate", "-o", "by-buf");
  const byBuf = fixture.tree("requests");
  fixture.remove("requests");
  await fixture.generate();
  expect(Object.keys(byBuf)).toHaveLength(1);
  expect(fixture.tree("requests")).toEqual(byBuf);
  expect(fixture.tree("gen")).toEqual(fixture.tree("by-buf/gen"));
});

test("a change of managed mode is a change of every key", async () => {
  const files = pluginFixture(echo, { "buf.gen.yaml": managed, ...protos });
  const fixture = makeFixture(files);
  await fixture.generate();
  const before = fixture.read("gen/es/acme/v1/a_pb.js");
  fixture.write({ "buf.gen.yaml": managed.replace("com.example", "org.example") });
  await fixture.generate();
  expect(fixture.read("gen/es/acme/v1/a_pb.js")).not.toBe(before);
});

test("what does not compile is told with its place under managed mode too", async () => {
  const fixture = makeFixture(
    pluginFixture(echo, {
      "buf.gen.yaml": managed,
      "proto/acme/v1/a.proto": 'syntax = "proto3";\nmessage {',
    }),
  );
  await expect(fixture.generate()).rejects.toMatchObject({
    code: "PROTO",
    findings: [
      { path: "proto/acme/v1/a.proto", line: 2, column: 1 },
      { path: "proto/acme/v1/a.proto", line: 2, column: 9 },
    ],
  });
});
