import { expect, it } from "vitest";
import { refuseOutputFolder, refuseOutputName } from "./output-name.ts";

it.each(["a.ts", "acme/v1/a_pb.js", "..a/b..c", ".hidden/x", "a b/ü.ts"])("lets %j be written", (name) => {
  expect(refuseOutputName(name)).toBeUndefined();
});

it.each([
  ["", "no name"],
  ["/etc/passwd", "absolute"],
  ["C:/windows/x", "absolute"],
  ["c:x", "absolute"],
  ["\\\\server\\share", "backslash"],
  ["a\\b.ts", "backslash"],
  ["..\\a.ts", "backslash"],
  ["../a.ts", ".."],
  ["a/../../b.ts", ".."],
  ["a/./b.ts", '"."'],
  ["a/..", ".."],
  ["a//b.ts", "empty"],
  ["a/", "empty"],
  ["a\nb", "control"],
  ["a\0b", "control"],
])("refuses to write %j", (name, reason) => {
  expect(refuseOutputName(name)).toContain(reason);
});

it("refuses an output folder that is the root, or that contains a source", () => {
  const sources = ["proto/a.proto", "gen-proto/b.proto"];
  expect(refuseOutputFolder(".", sources)).toContain("root");
  expect(refuseOutputFolder("proto", sources)).toContain("proto/a.proto");
  expect(refuseOutputFolder("gen-proto", sources)).toContain("gen-proto/b.proto");
  expect(refuseOutputFolder("gen", sources)).toBeUndefined();
  expect(refuseOutputFolder("proto/gen", sources)).toBeUndefined();
});
