import type { ProtoImport } from "./scan-imports.ts";

const normal = (...paths: string[]): ProtoImport[] => paths.map((path) => ({ path, kind: "normal" }));

/** Source texts with what is to be read in them. */
export const headerCases: readonly {
  readonly text: string;
  readonly package?: string;
  readonly imports?: readonly ProtoImport[];
  readonly symbols?: string;
}[] = [
  { text: "" },
  { text: 'import "a.proto";', imports: normal("a.proto") },
  { text: "import 'a.proto';", imports: normal("a.proto") },
  { text: 'import\n"a.proto"\n;', imports: normal("a.proto") },
  { text: 'import"a.proto";import"b.proto";', imports: normal("a.proto", "b.proto") },
  { text: 'import public "a.proto";', imports: [{ path: "a.proto", kind: "public" }] },
  { text: 'import weak "a.proto";', imports: [{ path: "a.proto", kind: "weak" }] },
  { text: 'import option "a.proto";', imports: [{ path: "a.proto", kind: "option" }] },
  { text: 'import /* "no.proto" */ "a.proto"; // import "no.proto";', imports: normal("a.proto") },
  { text: '/* import "no.proto"; */ // import "no.proto";\nimport "a.proto";', imports: normal("a.proto") },
  { text: '/* unclosed import "no.proto";' },
  { text: 'import "a" "b.proto" \'c\';', imports: normal("ab.protoc") },
  { text: 'import "a\\x62\\143\\".proto";', imports: normal('abc".proto') },
  { text: 'option x = "import \\"no.proto\\";"; import "a.proto";', imports: normal("a.proto") },
  { text: 'option x = { s: "}" t: \'{\' }; import "a.proto";', imports: normal("a.proto") },
  {
    text: 'message M { string import = 1 [default = "import \\"no.proto\\";"]; } import "a.proto";',
    imports: normal("a.proto"),
    symbols: "M",
  },
  { text: 'message M { } } import "a.proto";', imports: normal("a.proto"), symbols: "M" },
  { text: 'import "a.proto"' },
  { text: "import a.proto;" },
  { text: "package a.b.c;", package: "a.b.c" },
  { text: "package a . b /* c */ .\n d;", package: "a.b.d" },
  { text: 'syntax = "proto3"; package a; package b;', package: "b" },
  {
    text: '\ufeffsyntax = "proto3";\r\npackage a;\r\nimport "b.proto";\r\n',
    package: "a",
    imports: normal("b.proto"),
  },
  { text: "message A { message B {} enum C { D = 0; } }", symbols: "A" },
  {
    text: "enum E { option allow_alias = true; A = 0; B = -1 [deprecated = true]; C = 0x2; }",
    symbols: "E A B C",
  },
  { text: "service S { rpc R(A) returns (B) { option x = 1; } }", symbols: "S" },
  { text: 'extend M { string x = 1; repeated .a.B y = 2 [json_name = "z"]; }', symbols: "x y" },
  { text: "export message A {} local enum B { C = 0; }", symbols: "A B C" },
];

/** Texts that mention an option which compilers take out of generated code, and one that does not. */
export const retentionCases: readonly (readonly [text: string, mentions: boolean])[] = [
  ["extend M { string x = 1 [retention = RETENTION_SOURCE]; }", true],
  ["extensions 1 to 5 [declaration = { number: 1 }];", true],
  ["extensions 1 to 5 [verification = DECLARATION];", true],
  ["option features.enforce_naming_style = STYLE_LEGACY;", true],
  ["option features.default_symbol_visibility = EXPORT_ALL;", true],
  ["message M { string declaration_of = 1; }", false],
];
