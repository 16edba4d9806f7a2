import { readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import { type FileDescriptorProto, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { findBuf } from "../execute/find-buf.ts";
import { walk } from "../io/files.ts";
import { cliDirectory, runTool } from "../testing/fixture.ts";
import { headerCases, retentionCases } from "./scan-imports.testdata.ts";
import { scanImports } from "./scan-imports.ts";

it.each(headerCases)("reads $text", ({ text, ...expected }) => {
  const { mentionsSourceRetention: _, ...header } = scanImports(text);
  expect(header).toEqual({ package: "", imports: [], symbols: "", ...expected });
});

it.each(retentionCases)("tells whether source retention is mentioned: %s", (text, mentions) => {
  expect(scanImports(text).mentionsSourceRetention).toBe(mentions);
});

it("never fails, and ends in time that is linear in the text", () => {
  const piece = fc.constantFrom(
    ...'import|public|"a.proto"|\'|"|;|{|}|//|/*|*/|\n|\\|package|a.b|enum|extend|=|1|\u0000|é'.split("|"),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 200 }), (pieces) => {
      scanImports(pieces.join(" "));
      scanImports(pieces.join(""));
    }),
  );
  const started = performance.now();
  for (const hard of ["/*", '"', "'\\", "{", "import ", "//"]) {
    scanImports(hard.repeat(200_000));
  }
  expect(performance.now() - started).toBeLessThan(5000);
});

it("reads of real files what the compiler does", async () => {
  const directory = realpathSync(join(cliDirectory, "node_modules", "google-proto-files"));
  const protos = walk(join(directory, "google"))
    .map(({ path }) => `google/${path}`)
    .filter((path) => path.endsWith(".proto") && !/protobuf\/(util|compiler\/ruby)\//.test(path))
    .sort();
  const some = protos.filter((_, index) => index % 24 === 0);
  const image = await runTool(
    findBuf(directory).file,
    [
      "build",
      "--exclude-source-info",
      "--as-file-descriptor-set",
      "-o",
      "-",
      ...some.flatMap((path) => ["--path", path]),
    ],
    directory,
  );
  const { file } = fromBinary(FileDescriptorSetSchema, image);
  const inPackage = file.filter(({ name }) => !name.startsWith("google/protobuf/"));
  expect(inPackage.length).toBeGreaterThan(300);
  for (const descriptor of inPackage) {
    const header = scanImports(readFileSync(join(directory, descriptor.name), "utf8"));
    expect(
      {
        ...header,
        imports: header.imports.map(({ path }) => path),
        symbols: header.symbols.split(" ").sort(),
      },
      descriptor.name,
    ).toMatchObject({
      package: descriptor.package,
      imports: descriptor.dependency,
      symbols: symbolsOf(descriptor).sort(),
    });
  }
});

function symbolsOf({ messageType, enumType, service, extension }: FileDescriptorProto): string[] {
  const names = [...messageType, ...enumType, ...service, ...extension].map(({ name }) => name);
  const all = [...names, ...enumType.flatMap((type) => type.value.map(({ name }) => name))];
  return all.length === 0 ? [""] : all;
}
