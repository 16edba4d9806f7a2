import { renameSync } from "node:fs";
import { join } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import { CodeGeneratorRequestSchema } from "@bufbuild/protobuf/wkt";
import { expect, it } from "vitest";
import { programFile, record } from "../testing/fake-plugin.ts";
import { makeFixture, proto } from "../testing/fixture.ts";
import { type RequestCase, requestCases } from "./plugin-request.testdata.ts";

/** Generates with a plugin that keeps its requests, and returns them. */
async function requestsOf({ files, gen, buf }: RequestCase) {
  const fixture = makeFixture({
    ...files,
    ...(buf === undefined ? {} : { "buf.yaml": buf }),
    "buf.gen.yaml": gen,
    record: programFile(record),
  });
  const take = (name: string) => {
    renameSync(join(fixture.root, "requests"), join(fixture.base, name));
    return fixture.tree(`../${name}`);
  };
  await fixture.generate();
  const ours = take("ours");
  await fixture.buf("generate");
  return { ours, theirs: take("theirs") };
}

it.each(requestCases)("sends what buf sends: $title", async (request) => {
  const { ours, theirs } = await requestsOf(request);
  expect(Object.values(ours).map(readable).sort(byText)).toEqual(
    Object.values(theirs).map(readable).sort(byText),
  );
  expect(Object.keys(ours)).toEqual(Object.keys(theirs));
  expect(Object.keys(ours)).not.toEqual([]);
});

it("has all files of a request also where only some requests are due, and one is of well-known types", async () => {
  const gen = "version: v2\nplugins:\n  - local: ./record\n    out: gen\n    include_imports: true\n";
  const fixture = makeFixture({
    "proto/a/a.proto": proto("a", ["google/protobuf/any.proto"]),
    "proto/b/b.proto": proto("b"),
    "buf.gen.yaml": gen,
    "wirehouse.yaml": "version: v1\nplugins:\n  ./record: { inputs: [record] }\n",
    record: programFile(record),
  });
  await fixture.generate();
  fixture.remove("requests");
  fixture.write({
    "proto/b/b.proto": proto("b", [], "Other"),
    "buf.gen.yaml": `${gen}    include_wkt: true\n`,
  });
  await fixture.generate();
  expect(Object.values(fixture.tree("requests")).map(readable).sort(byText)).toMatchObject([
    { generate: "b/b.proto", files: "b/b.proto" },
    { generate: "google/protobuf/any.proto", files: "google/protobuf/any.proto" },
  ]);
});

/** A summary that shows where two requests differ. */
function readable(request: string) {
  const { fileToGenerate, parameter, protoFile, sourceFileDescriptors } = fromBinary(
    CodeGeneratorRequestSchema,
    Buffer.from(request, "latin1"),
  );
  const names = (files: readonly { name: string }[]) => files.map((file) => file.name).join(" ");
  return {
    generate: fileToGenerate.join(" "),
    parameter,
    files: names(protoFile),
    source: names(sourceFileDescriptors),
  };
}

function byText(a: { generate: string }, b: { generate: string }): number {
  return a.generate < b.generate ? -1 : 1;
}
