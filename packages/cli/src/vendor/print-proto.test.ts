import { readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { create, type DescFile } from "@bufbuild/protobuf";
import * as wkt from "@bufbuild/protobuf/wkt";
import { file_buf_validate_validate } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { describe, expect, it } from "vitest";
import { walk } from "../io/files.ts";
import { printCases } from "./print-proto.testdata.ts";
import { printFile } from "./print-proto.ts";
import { compile, roundTrip } from "./round-trip.testdata.ts";

describe("a printed file compiles to the descriptor it was printed from", () => {
  it.each(printCases)("$title", async ({ source }) => {
    const set = await compile(new Map([["case.proto", source]]));
    expect(await roundTrip(set, ["case.proto"])).toEqual([]);
  });

  it("buf/validate/validate.proto of @bufbuild/protovalidate", async () => {
    const set = setOf([file_buf_validate_validate]);
    expect(await roundTrip(set, ["buf/validate/validate.proto"])).toEqual([]);
  });

  it("every file of @bufbuild/protobuf/wkt", async () => {
    const files = Object.values(wkt).filter(isFile);
    const set = setOf(files);
    expect(set.file.length).toBeGreaterThanOrEqual(13);
    expect(
      await roundTrip(
        set,
        set.file.map((file) => file.name),
      ),
    ).toEqual([]);
  });

  // All of google-proto-files takes a minute: WIREHOUSE_TEST_ALL_PROTOS=1.
  const folders = process.env.WIREHOUSE_TEST_ALL_PROTOS
    ? ["."]
    : [
        "google/api",
        "google/logging/type",
        "google/longrunning",
        "google/protobuf",
        "google/rpc",
        "google/type",
      ];
  it(`google-proto-files: ${folders.join(", ")}`, { timeout: 300_000 }, async () => {
    const sources = googleSources(folders);
    const set = await compile(sources);
    const paths = set.file.map((file) => file.name);
    expect(paths.length).toBeGreaterThan(100);
    expect(new Set(set.file.map((file) => file.syntax || "proto2"))).toEqual(
      new Set(["proto2", "proto3", "editions"]),
    );
    expect(await roundTrip(set, paths)).toEqual([]);
  });
});

describe("printFile", () => {
  it("lays a file out as people write them", async () => {
    const set = await compile(new Map([["x.proto", layout]]));
    const comments = new Map([
      ["message x.M", "One\n\nTwo"],
      ["field x.M.a", "Field"],
    ]);
    expect(printFile(set.file, "x.proto", { header: "Head", comments })).toBe(`// Head\n\n${layout}`);
  });

  it("does not print a custom option that no import defines", async () => {
    const source = `syntax = "proto3";
import "google/protobuf/descriptor.proto";
extend google.protobuf.MessageOptions { string note = 50001; }
message M { option (note) = "n"; }`;
    const set = await compile(new Map([["x.proto", source]]));
    for (const file of set.file) {
      file.extension = [];
    }
    expect(() => printFile(set.file, "x.proto")).toThrow(/no import defines the option number 50001/);
  });

  it("needs the file itself", () => {
    expect(() => printFile([], "x.proto")).toThrow("there is no descriptor of x.proto");
  });
});

const layout = `syntax = "proto3";

package x;

import "google/protobuf/any.proto";

option java_package = "x";

// One
//
// Two
message M {
  reserved 4 to 6, 9;
  reserved "old";

  // Field
  string a = 1 [json_name = "A", deprecated = true];

  google.protobuf.Any any = 2;
  map<string, N> by_name = 3;

  message N {
    M parent = 1;
  }
}
`;

function isFile(value: unknown): value is DescFile {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "file";
}

/** The files with all that they import, imports first. */
function setOf(files: readonly DescFile[]): wkt.FileDescriptorSet {
  const seen = new Map<string, DescFile["proto"]>();
  const visit = (file: DescFile) => {
    file.dependencies.forEach(visit);
    seen.set(file.proto.name, file.proto);
  };
  files.forEach(visit);
  return create(wkt.FileDescriptorSetSchema, { file: [...seen.values()] });
}

/** What compiles of the folders: util and compiler/ruby import what the package does not have. */
function googleSources(folders: readonly string[]): Map<string, string> {
  const root = realpathSync(fileURLToPath(new URL("../../node_modules/google-proto-files", import.meta.url)));
  const broken = /^google\/protobuf\/(util|compiler\/ruby)\/|node_modules/;
  return new Map(
    folders
      .flatMap((folder) =>
        walk(join(root, folder)).map(({ path }) => (folder === "." ? path : `${folder}/${path}`)),
      )
      .filter((path) => path.endsWith(".proto") && !broken.test(path))
      .map((path) => [path, readFileSync(join(root, path), "utf8")]),
  );
}
