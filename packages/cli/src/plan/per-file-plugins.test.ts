import { cpSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cliDirectory, makeFixture, proto } from "../testing/fixture.ts";
import { perFile } from "./per-file-plugins.ts";

const config = {
  command: ["protoc-gen-ts_proto"],
  out: "gen",
  opt: ["importSuffix=.js,env=node", "oneof=unions"],
  strategy: "all",
  includeImports: true,
  includeWkt: true,
  origin: { path: "buf.gen.yaml" },
} as const;
const tsProto = {
  kind: "module",
  name: "protoc-gen-ts_proto",
  file: "/bin",
  owner: { manifest: { name: "ts-proto" }, directory: "/" },
} as const;

describe("ts-proto", () => {
  it.each([
    ["all imports are generated too", {}, { endings: [".ts"], options: ["emitImportedFiles=false"] }],
    [
      "it makes no files of imports",
      { opt: ["emitImportedFiles=false"], strategy: "directory", includeImports: false },
      { endings: [".ts"], options: [] },
    ],
    ["its files have a suffix", { opt: ["fileSuffix=.pb"] }, { endings: [".pb.ts"] }],
  ] as const)("is run a file at a time where %s", (_, more, expected) => {
    expect(perFile(tsProto, { ...config, ...more })).toMatchObject(expected);
  });

  it.each([
    { opt: ["outputIndex=true"] },
    { opt: ["outputTypeRegistry=true"] },
    { opt: ["outputSchema=true"] },
    { opt: ["oneof=unions", "Mgoogle/protobuf/any.proto=./any"] },
    { opt: ["unheardOf=true"] },
    { opt: [" emitImportedFiles=false"], strategy: "directory" },
    { opt: ["emitImportedFiles=false", "emitImportedFiles=true"] },
    { opt: ["emitImportedFiles=true"] },
    { opt: ["fileSuffix=.a", "fileSuffix=.b"] },
    { includeWkt: false },
    { includeImports: false },
    { strategy: "directory" },
  ] as const)("is run as a whole with %j", (more) => {
    expect(perFile(tsProto, { ...config, ...more })).toBeUndefined();
  });

  it("runs for what an edit changes, in the files that it would run for in all", async () => {
    const fixture = makeFixture({
      "proto/a.proto": proto("a", ["b.proto"], "A"),
      "proto/b.proto": proto("b", ["google/protobuf/any.proto"], "B"),
      "proto/c.proto": proto("c", [], "C"),
      "buf.gen.yaml":
        "version: v2\nplugins:\n  - { local: protoc-gen-ts_proto, out: gen, strategy: all, include_imports: true, include_wkt: true }\n",
    });
    expect(await fixture.generate()).toMatchObject({ ran: 4, units: 4 });
    fixture.write({ "proto/b.proto": proto("b", [], "Bee") });
    // any.proto is imported no more: its file goes.
    expect(await fixture.generate()).toMatchObject({
      ran: 2,
      units: 3,
      removed: ["gen/google/protobuf/any.ts"],
    });
    const ours = fixture.tree("gen");
    fixture.remove("gen");
    await fixture.buf("generate");
    expect(ours).toEqual(fixture.tree("gen"));
  });

  it("runs as a process where its program is not the one that is known", async () => {
    const fixture = makeFixture({
      "proto/a.proto": proto("a", [], "A"),
      "buf.gen.yaml": "version: v2\nplugins:\n  - { local: protoc-gen-ts_proto, out: gen }\n",
    });
    await fixture.generate();
    const ours = fixture.tree("gen");
    const link = join(fixture.root, "node_modules/ts-proto");
    const installed = realpathSync(join(cliDirectory, "node_modules/ts-proto"));
    rmSync(link);
    cpSync(join(installed, "build"), join(link, "build"), { recursive: true });
    for (const name of ["package.json", "protoc-gen-ts_proto"]) {
      cpSync(join(installed, name), join(link, name));
    }
    for (const name of ["case-anything", "ts-poet", "ts-proto-descriptors"]) {
      symlinkSync(realpathSync(join(installed, "..", name)), join(link, "..", name), "dir");
    }
    const program = join(link, "build/src/plugin.js");
    writeFileSync(
      program,
      readFileSync(program, "utf8").replace("async function main() {", "async function main () {"),
    );
    fixture.freshCache();
    fixture.remove("gen");
    await fixture.generate();
    expect(fixture.tree("gen")).toEqual(ours);
  });
});
