import { expect } from "vitest";
import type { Finding } from "../report/finding.ts";
import type { Files } from "../testing/fixture.ts";
import { proto } from "../testing/fixture.ts";

const file = "proto/acme/v1/a.proto";
/** For faults that lie between two files: buf names one of them. */
const eitherFile = expect.stringMatching(/^proto\/acme\/v1\/[ab].proto$/);
const text = (...lines: string[]) => `syntax = "proto3";\npackage acme.v1;\n${lines.join("\n")}\n`;

export const badProtos: readonly {
  readonly title: string;
  readonly files: Files;
  readonly findings: readonly (Partial<Finding> | object)[];
}[] = [
  {
    title: "a syntax error",
    files: { [file]: text("message A {", "  string name = ;", "}") },
    findings: [
      { path: file, line: 4, column: 3, source: "  string name = ;" },
      { path: file, line: 4, column: 17 },
    ],
  },
  {
    title: "a type that does not exist",
    files: { [file]: text("message A {", "  Nope nope = 1;", "}") },
    findings: [{ path: file, line: 4, column: 3, source: "  Nope nope = 1;" }],
  },
  {
    title: "a fault in a file that is only imported",
    files: {
      [file]: text('import "acme/v1/b.proto";'),
      "proto/acme/v1/b.proto": "syntax = 'proto3';\nmessage {}\n",
    },
    findings: [{ path: "proto/acme/v1/b.proto", line: 2, source: "message {}" }],
  },
  {
    title: "faults in two files",
    files: {
      [file]: text("message A { B b = 1; }"),
      "proto/acme/v1/b.proto": text("", "message C { D d = 1; }"),
    },
    findings: [
      { path: file, line: 3 },
      { path: "proto/acme/v1/b.proto", line: 4 },
    ],
  },
  {
    title: "an import that nothing provides",
    files: { [file]: text('import "google/api/annotations.proto";') },
    findings: [
      {
        path: file,
        line: 3,
        source: 'import "google/api/annotations.proto";',
        message: "google/api/annotations.proto is imported, but no module of buf.yaml provides it",
        help: expect.stringContaining("wirehouse vendor"),
      },
    ],
  },
  {
    title: "a name that two files declare",
    files: { [file]: text("message A {}"), "proto/acme/v1/b.proto": proto("acme.v1", [], "A") },
    findings: [{ path: eitherFile, line: 3 }],
  },
  {
    title: "files that import each other",
    files: {
      [file]: proto("acme.v1", ["acme/v1/b.proto"], "A"),
      "proto/acme/v1/b.proto": proto("acme.v1", ["acme/v1/a.proto"]),
    },
    findings: [{ path: eitherFile, line: 3 }],
  },
];
