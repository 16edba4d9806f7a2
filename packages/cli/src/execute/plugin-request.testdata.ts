import type { Files } from "../testing/fixture.ts";
import { proto } from "../testing/fixture.ts";

export interface RequestCase {
  readonly title: string;
  readonly files: Files;
  readonly gen: string;
  readonly buf?: string;
}

const gen = (lines: readonly string[] = [], head: readonly string[] = []) =>
  [
    "version: v2",
    ...head,
    "plugins:",
    "  - local: ./record",
    "    out: gen",
    ...lines.map((line) => `    ${line}`),
    "",
  ].join("\n");

/** Files whose order in an image differs by where one starts. */
const crossing: Files = {
  "proto/a/x.proto": proto("a", ["b/2.proto"]),
  "proto/b/1.proto": proto("b", [], "One"),
  "proto/b/2.proto": proto("b", [], "Two"),
  "proto/c/y.proto": proto("c", ["b/1.proto", "b/2.proto", "a/x.proto"]),
  "proto/c/w.proto": proto("c", ["c/y.proto"], "W"),
  "proto/d/e/z.proto": proto("d.e", ["google/protobuf/timestamp.proto", "d/v.proto"]),
  "proto/d/v.proto": proto("d", ["google/protobuf/any.proto", "b/2.proto"], "V"),
};

const retention = `edition = "2023";
package r;
import "google/protobuf/descriptor.proto";
import "b/1.proto";
// Kept.
extend google.protobuf.MessageOptions {
  string source = 50001 [retention = RETENTION_SOURCE];
  string runtime = 50002 [retention = RETENTION_RUNTIME];
}
message R {
  option (source) = "s";
  option (runtime) = "r";
  extensions 10 to 20 [declaration = { number: 10, full_name: ".r.x", type: "string" }, verification = DECLARATION];
}
`;

export const requestCases: readonly RequestCase[] = [
  { title: "a directory a request", files: crossing, gen: gen() },
  { title: "options", files: crossing, gen: gen(["opt:", "  - a=b", "  - c", '  - "d=e,f"']) },
  { title: "strategy: all", files: crossing, gen: gen(["strategy: all"]) },
  { title: "include_imports", files: crossing, gen: gen(["include_imports: true"]) },
  {
    title: "include_imports, include_wkt",
    files: crossing,
    gen: gen(["include_imports: true", "include_wkt: true"]),
  },
  {
    title: "include_imports, include_wkt, strategy: all",
    files: crossing,
    gen: gen(["include_imports: true", "include_wkt: true", "strategy: all"]),
  },
  {
    title: "include_imports of a part",
    files: crossing,
    gen: gen(["include_imports: true"], ["inputs: [{ directory: ., paths: [proto/c, proto/d/e] }]"]),
  },
  {
    title: "paths and exclude_paths",
    files: crossing,
    gen: gen([], ["inputs: [{ directory: proto, paths: [proto/c, proto/d], exclude_paths: [proto/d/e] }]"]),
  },
  {
    title: "strategy: all of a part, named out of order",
    files: crossing,
    gen: gen(["strategy: all"], ["inputs: [{ directory: ., paths: [proto/d, proto/c/y.proto] }]"]),
  },
  {
    title: "several inputs",
    files: crossing,
    gen: gen(
      ["strategy: all"],
      ["inputs: [{ directory: ., paths: [proto/c] }, { directory: ., exclude_paths: [proto/c] }]"],
    ),
  },
  {
    title: "several modules",
    files: {
      "one/a/v1/a.proto": proto("a.v1", ["b/v1/b.proto"]),
      "two/b/v1/b.proto": proto("b.v1"),
      "two/b/v1/skipped/c.proto": proto("b.v1.skipped"),
    },
    buf: "version: v2\nmodules:\n  - path: one\n  - path: two\n    excludes: [two/b/v1/skipped]\n",
    gen: gen(["include_imports: true"]),
  },
  {
    title: "a module at the root, with a hidden folder",
    files: { "acme/a.proto": proto("acme"), ".hidden/b.proto": proto("hidden") },
    buf: "version: v2\nmodules:\n  - path: .\n    excludes: [node_modules]\n",
    gen: gen(),
  },
  {
    title: "options of source retention",
    files: {
      "proto/r/r.proto": retention,
      "proto/b/1.proto": proto("b"),
      "proto/s/s.proto": proto("s", ["r/r.proto"]),
    },
    gen: gen(),
  },
  {
    title: "options of source retention, used from another file",
    files: {
      "proto/r/r.proto": retention,
      "proto/b/1.proto": proto("b"),
      "proto/s/s.proto":
        'syntax = "proto3";\npackage s;\nimport "r/r.proto";\nmessage S { option (r.source) = "x"; option (r.runtime) = "y"; }\n',
      "proto/t/t.proto": proto("t", ["s/s.proto"]),
    },
    gen: gen(["include_imports: true"]),
  },
  {
    title: "edition 2024",
    files: {
      "proto/e/e.proto": `edition = "2024";
package e;
import "b/2.proto";
import "b/1.proto";
import option "o/o.proto";
option features.enforce_naming_style = STYLE_LEGACY;
export message E { option (o.tag) = "t"; local message Inner {} }
local enum Kind { KIND_UNSPECIFIED = 0; }
`,
      "proto/b/1.proto": proto("b", ["o/p.proto"], "One"),
      "proto/b/2.proto": proto("b", [], "Two"),
      "proto/o/p.proto": proto("o", [], "P"),
      "proto/o/o.proto": `edition = "2023";
package o;
import "google/protobuf/descriptor.proto";
extend google.protobuf.MessageOptions { string tag = 50003; }
`,
    },
    gen: gen(),
  },
  {
    title: "public imports, comments, proto2 groups and extensions",
    files: {
      "proto/p/p.proto": `// Detached.

// Leading.
syntax = "proto2"; // Trailing.
package p;
import public "b/1.proto";
message P {
  extensions 100 to max;
  optional group G = 1 { optional string s = 2 [default = "d"]; }
}
extend P { optional string x = 100; }
`,
      "proto/b/1.proto": proto("b"),
      "proto/q/q.proto":
        'syntax = "proto2";\npackage q;\nimport "p/p.proto";\nmessage Q { optional p.P p = 1; optional b.M m = 2; option (p.none).x = "y"; }\n'.replace(
          ' option (p.none).x = "y";',
          "",
        ),
    },
    gen: gen(["include_imports: true"]),
  },
  {
    title: "well-known types of the module itself",
    files: {
      "proto/google/protobuf/util/extra.proto": proto("google.protobuf.util", ["google/protobuf/any.proto"]),
      "proto/a/a.proto": proto("a", ["google/protobuf/util/extra.proto"]),
    },
    gen: gen(["include_imports: true"], ["inputs: [{ directory: ., paths: [proto/a] }]"]),
  },
];
