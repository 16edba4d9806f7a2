import { expect, it } from "vitest";
import { domainGraph, domainsInCycles } from "./domain-graph.ts";
import { ImportGraph } from "./import-graph.ts";
import { scanImports } from "./scan-imports.ts";

function graphOf(files: Readonly<Record<string, readonly string[]>>): ImportGraph {
  return new ImportGraph(
    Object.entries(files).map(([path, imports]) => ({
      path,
      file: path,
      module: ".",
      digest: path,
      ...scanImports(imports.map((found) => `import "${found}";\n`).join("")),
    })),
  );
}

const packages = [
  {
    out: "gen",
    names: [["acme/*", "@acme/*"]] as const,
    manifest: {},
    dependencies: {},
    origin: { path: "wirehouse.yaml" },
  },
];

it("counts the imports between domains, and none inside one", () => {
  const graph = graphOf({
    "acme/shop/v1/a.proto": ["acme/base/v1/b.proto", "google/protobuf/timestamp.proto", "top.proto"],
    "acme/shop/service/v1/s.proto": ["acme/shop/v1/a.proto", "acme/base/v1/b.proto"],
    "acme/base/v1/b.proto": [],
    "other/deep/er/v1/o.proto": ["acme/shop/v1/a.proto"],
  });
  expect(domainGraph(graph, packages)).toEqual([
    { domain: ".", files: 0, imports: [] },
    { domain: "acme/base", package: "@acme/base", files: 1, imports: [] },
    {
      domain: "acme/shop",
      package: "@acme/shop",
      files: 2,
      imports: [
        { domain: ".", count: 1 },
        { domain: "acme/base", count: 2 },
        { domain: "google/protobuf", count: 1 },
      ],
    },
    { domain: "google/protobuf", files: 0, imports: [] },
    { domain: "other/deep", files: 1, imports: [{ domain: "acme/shop", count: 1 }] },
  ]);
});

it("finds the domains on a cycle, which files need not be", () => {
  const graph = graphOf({
    "a/x/1.proto": ["a/y/2.proto"],
    "a/y/2.proto": ["a/z/3.proto"],
    "a/z/3.proto": [],
    "a/z/4.proto": ["a/x/5.proto"],
    "a/x/5.proto": [],
    "a/w/6.proto": ["a/x/1.proto"],
  });
  expect([...domainsInCycles(domainGraph(graph, []))]).toEqual(["a/x", "a/y", "a/z"]);
});
