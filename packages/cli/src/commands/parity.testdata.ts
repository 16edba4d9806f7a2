import { echo, programFile } from "../testing/fake-plugin.ts";
import type { Files } from "../testing/fixture.ts";
import { proto } from "../testing/fixture.ts";

const es = (opt: string, more = "") =>
  `version: v2\nplugins:\n  - local: protoc-gen-es\n    out: gen\n    opt: [${opt}]\n${more}`;

const tsProto = (more: string, opt = "importSuffix=.js, outputServices=none") =>
  `version: v2\nplugins:\n  - local: protoc-gen-ts_proto\n    out: gen\n    opt: [${opt}]\n${more}`;

const allImports = "    strategy: all\n    include_imports: true\n    include_wkt: true\n";

/** Comments, nested types, options, extensions, maps, oneofs, keywords, services. */
const rich: Files = {
  "proto/acme/v1/a.proto": `// A detached comment.

// The syntax.
syntax = "proto3";

// The package.
package acme.v1;

import "acme/v1/b.proto";
import "google/protobuf/timestamp.proto";
import public "acme/common/c.proto";

/* A message
 * with a block comment, "quoted" and * starred. */
message Request {
  reserved 5, 7 to 9;
  // Leading.
  string name = 1; // Trailing.
  map<string, Request.Inner> inner = 2;
  oneof choice {
    // One.
    int64 delete = 3 [deprecated = true];
    bytes constructor = 4;
  }
  optional bool maybe = 6;
  google.protobuf.Timestamp at = 10;
  acme.common.Shared shared = 11;
  message Inner { repeated Kind kinds = 1 [packed = false]; }
  enum Kind { KIND_UNSPECIFIED = 0; KIND_ONE = 1; }
}
// A service.
service Things {
  rpc Get(Request) returns (Other);
  rpc Watch(stream Request) returns (stream Other) { option idempotency_level = NO_SIDE_EFFECTS; }
}
`,
  "proto/acme/v1/b.proto":
    'syntax = "proto3";\npackage acme.v1;\n// Ünïcödé 🎉 \\n */\nmessage Other { double value = 1; }\n',
  "proto/acme/common/c.proto": `syntax = "proto2";
package acme.common;
import "google/protobuf/descriptor.proto";
message Shared {
  extensions 100 to 199;
  required int32 id = 1 [default = -7];
  optional group Part = 2 { optional string s = 3 [default = "\\"\\n"]; }
}
extend Shared { optional string note = 100; }
extend google.protobuf.FieldOptions { optional string tag = 50001; }
`,
  "proto/acme/v1/d.proto": `edition = "2023";
package acme.v2;
import "acme/common/c.proto";
option features.field_presence = IMPLICIT;
message D { string s = 1 [(acme.common.tag) = "t"]; repeated int32 numbers = 2 [features.repeated_field_encoding = EXPANDED]; }
enum Closed { option features.enum_type = CLOSED; A = 1; }
`,
};

/** Several directories that import each other and Protobuf's own types. */
const plain: Files = {
  "proto/acme/v1/a.proto": proto("acme.v1", ["acme/v2/b.proto", "google/protobuf/any.proto"]),
  "proto/acme/v2/b.proto": proto("acme.v2", ["google/protobuf/timestamp.proto"]),
  "proto/c.proto": proto("c", ["acme/v1/a.proto"]),
};

export const parityCases: readonly {
  readonly title: string;
  readonly files: Files;
  readonly count: number;
}[] = [
  { title: "protoc-gen-es, target=ts", files: { ...rich, "buf.gen.yaml": es("target=ts") }, count: 4 },
  {
    title: "protoc-gen-es, target=js+dts with options",
    files: { ...rich, "buf.gen.yaml": es("target=js+dts, import_extension=js, json_types=true") },
    count: 8,
  },
  {
    title: "protoc-gen-es, target=js+dts+ts, js_import_style=legacy_commonjs",
    files: {
      ...rich,
      "buf.gen.yaml": es("target=js+dts, js_import_style=legacy_commonjs, keep_empty_files=true"),
    },
    count: 8,
  },
  {
    title: "protoc-gen-es, include_imports of a part, and include_wkt",
    files: {
      ...rich,
      "buf.gen.yaml": es(
        "target=ts",
        "    include_imports: true\n    include_wkt: true\ninputs: [{ directory: proto, paths: [proto/acme/v1] }]\n",
      ),
    },
    count: 6,
  },
  {
    title: "protoc-gen-es, strategy: all, several inputs that do not overlap",
    files: {
      ...rich,
      "buf.gen.yaml": es(
        "target=ts",
        "    strategy: all\ninputs:\n  - { directory: ., paths: [proto/acme/v1] }\n  - { directory: proto, exclude_paths: [proto/acme/v1] }\n",
      ),
    },
    count: 4,
  },
  {
    title: "protoc-gen-es, several modules",
    files: {
      "buf.yaml": "version: v2\nmodules: [{ path: one }, { path: two }]\n",
      "one/a/v1/a.proto": proto("a.v1", ["b/v1/b.proto"]),
      "two/b/v1/b.proto": proto("b.v1"),
      "buf.gen.yaml": es("target=ts"),
    },
    count: 2,
  },
  {
    title: "protoc-gen-es, well-known types in the module",
    files: {
      "proto/google/protobuf/timestamp.proto":
        'syntax = "proto3";\npackage google.protobuf;\nmessage Timestamp { int64 seconds = 1; int32 nanos = 2; }\n',
      "proto/google/protobuf/mine.proto": proto(
        "google.protobuf",
        ["google/protobuf/timestamp.proto"],
        "Mine",
      ),
      "proto/acme/a.proto":
        'syntax = "proto3";\npackage acme;\nimport "google/protobuf/timestamp.proto";\nmessage A { google.protobuf.Timestamp t = 1; }\n',
      "buf.gen.yaml": es("target=ts"),
    },
    count: 3,
  },
  {
    title: "ts-proto, strategy: all, include_imports, include_wkt",
    files: {
      ...rich,
      "buf.gen.yaml": tsProto(allImports),
    },
    count: 6,
  },
  {
    title: "ts-proto, well-known types that import others of them",
    files: {
      "proto/acme/a.proto": proto("acme", ["google/protobuf/api.proto", "google/protobuf/any.proto"]),
      "buf.gen.yaml": tsProto(
        allImports,
        "env=node, oneof=unions-value, fileSuffix=.pb, useDate=false, outputServices=none",
      ),
    },
    count: 5,
  },
  {
    title: "ts-proto, with options that make files of all files",
    files: {
      ...rich,
      "buf.gen.yaml": tsProto(allImports, "outputIndex=true, outputTypeRegistry=true, outputSchema=true"),
    },
    count: 14,
  },
  {
    title: "ts-proto, emitImportedFiles=false",
    files: {
      ...rich,
      "buf.gen.yaml": tsProto("    strategy: all\n", "emitImportedFiles=false,forceLong=long"),
    },
    count: 4,
  },
  {
    title: "ts-proto, all imports but well-known types",
    files: { ...plain, "buf.gen.yaml": tsProto("    strategy: all\n    include_imports: true\n") },
    count: 5,
  },
  { title: "ts-proto, a directory a request", files: { ...plain, "buf.gen.yaml": tsProto("") }, count: 5 },
  {
    title: "a program, beside protoc-gen-es, in the same folder",
    files: {
      ...rich,
      fake: programFile(echo),
      "buf.gen.yaml": es("target=ts", "  - local: [./fake, argument]\n    out: gen\n    opt: a=b\n"),
    },
    count: 8,
  },
];
