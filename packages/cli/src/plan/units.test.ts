import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { graphOf } from "../graph/import-graph.testdata.ts";
import { echo, programFile } from "../testing/fake-plugin.ts";
import { makeFixture, proto } from "../testing/fixture.ts";
import type { Rule } from "../workspace/wirehouse-yaml.ts";
import { diffTree } from "./diff-tree.ts";
import { isWellKnown, requestGroups } from "./request-groups.ts";
import { selectByRule } from "./rules.ts";

describe("keys", () => {
  const files = {
    "proto/acme/v1/a.proto": proto("acme.v1", ["acme/v1/b.proto"], "A"),
    "proto/acme/v1/b.proto": proto("acme.v1", [], "B"),
    "proto/acme/v2/c.proto": proto("acme.v2", [], "C"),
    "buf.gen.yaml": `version: v2
plugins:
  - { local: protoc-gen-es, out: gen, opt: target=ts }
  - { local: ./fake, out: other }
`,
    "wirehouse.yaml": "version: v1\nplugins:\n  ./fake: { inputs: [fake] }\n",
    fake: programFile(echo),
  };
  it("are the same in another checkout, which then takes all from the cache", async () => {
    const fixture = makeFixture(files);
    expect((await fixture.generate()).ran).toBe(5);
    const other = join(fixture.base, "elsewhere", "entirely");
    cpSync(fixture.root, other, { recursive: true, verbatimSymlinks: true });
    rmSync(join(other, "gen"), { recursive: true });
    rmSync(join(other, "other"), { recursive: true });
    const result = await fixture.generate({ cwd: other });
    expect(result).toMatchObject({ ran: 0, units: 5 });
    expect(result.written).toHaveLength(6);
    expect(fixture.tree("../elsewhere/entirely/gen")).toEqual(fixture.tree("gen"));
  });

  it("hold no path of the machine, and neither do cached outputs", async () => {
    const fixture = makeFixture(files);
    await fixture.generate();
    const cached = Object.entries(fixture.tree("../cache", (path) => path === "checkouts"));
    expect(cached).toHaveLength(5);
    for (const [path, content] of cached) {
      expect(path).toMatch(/^outputs-\d+\/[0-9a-f]{2}\/[0-9a-f]{64}$/);
      expect(content).not.toContain(fixture.base);
    }
  });

  it.each([
    ["nothing", {}, 0],
    ["a file that one imports", { "proto/acme/v1/b.proto": proto("acme.v1", [], "Bee") }, 3],
    ["a comment of it", { "proto/acme/v1/b.proto": `// New.\n${proto("acme.v1", [], "B")}` }, 3],
    ["a file that stands alone", { "proto/acme/v2/c.proto": proto("acme.v2", [], "Cee") }, 2],
    ["an option", { "buf.gen.yaml": files["buf.gen.yaml"].replace("target=ts", "target=js") }, 3],
    ["a plugin's program", { fake: programFile(`${echo} // new`) }, 2],
    ["a comment of buf.gen.yaml", { "buf.gen.yaml": `# New.\n${files["buf.gen.yaml"]}` }, 0],
  ])("change with what the output depends on: %s", async (_, change, ran) => {
    const fixture = makeFixture(files);
    await fixture.generate();
    fixture.write(change);
    expect((await fixture.generate()).ran).toBe(ran);
    expect((await fixture.generate()).ran).toBe(0);
  });

  it("are not there for a script of unknown inputs: it runs each time", async () => {
    const { "wirehouse.yaml": _, ...unknown } = files;
    const fixture = makeFixture(unknown);
    await fixture.generate();
    expect((await fixture.generate()).ran).toBe(2);
  });
});

describe("requestGroups", () => {
  const closure = () => [
    "google/protobuf/any.proto",
    "google/protobuf/util/x.proto",
    "b/1.proto",
    "a/1.proto",
  ];
  const group = (strategy: "all" | "directory", includeImports = false, includeWkt = false) =>
    requestGroups(
      { strategy, includeImports, includeWkt },
      ["a/1.proto", "a/2.proto", "c.proto"],
      closure,
    ).map(({ generate }) => generate.join(" "));

  it.each([
    [group("all"), ["a/1.proto a/2.proto c.proto"]],
    [group("directory"), ["c.proto", "a/1.proto a/2.proto"]],
    [
      group("directory", true),
      ["c.proto", "a/1.proto a/2.proto", "b/1.proto", "google/protobuf/util/x.proto"],
    ],
    [
      group("all", true, true),
      ["a/1.proto a/2.proto c.proto google/protobuf/any.proto google/protobuf/util/x.proto b/1.proto"],
    ],
  ])("makes %j", (groups, wanted) => {
    expect(groups).toEqual(wanted);
  });

  it("makes no request of nothing", () => {
    expect(requestGroups({ strategy: "all", includeImports: true, includeWkt: true }, [], () => [])).toEqual(
      [],
    );
  });

  it("knows Protobuf's own files from others beside them", () => {
    expect(isWellKnown("google/protobuf/compiler/plugin.proto")).toBe(true);
    expect(isWellKnown("google/protobuf/util/json_format.proto")).toBe(false);
  });
});

describe("selectByRule", () => {
  const graph = graphOf({
    "a/v1/x.proto": ["google/api/http.proto"],
    "a/v1/y.proto": ["a/v1/x.proto"],
    "b/z.proto": [],
  });
  const targets = [...graph.files.keys()];
  const select = (rule: Partial<Rule>) =>
    selectByRule({ paths: [], imports: [], ...rule } as Rule, graph, targets);

  it.each([
    [{ paths: ["a/*/x.proto"] }, ["a/v1/x.proto"]],
    [{ paths: ["a/**"] }, ["a/v1/x.proto", "a/v1/y.proto"]],
    [{ imports: ["google/api/*.proto"] }, ["a/v1/x.proto"]],
    [{ imports: ["google/**"], paths: ["b/*"] }, ["a/v1/x.proto", "b/z.proto"]],
    [{ paths: ["nothing"] }, []],
  ])("selects by %j", (rule, selected) => {
    expect(select(rule)).toEqual(selected);
  });
});

it("diffs what is due with what is there", () => {
  const desired = new Map([
    ["gen/same", { digest: "1", unit: "u" }],
    ["gen/changed", { digest: "2", unit: "u" }],
    ["gen/new", { digest: "3", unit: "u" }],
  ]);
  const there: Record<string, string> = {
    "gen/same": "1",
    "gen/changed": "x",
    "gen/orphan": "o",
    "gen/mine": "m",
  };
  expect(
    diffTree(
      desired,
      (path) => there[path],
      Object.keys(there),
      (path) => path === "gen/orphan",
    ),
  ).toEqual([
    { path: "gen/changed", kind: "update" },
    { path: "gen/new", kind: "create" },
    { path: "gen/orphan", kind: "remove" },
  ]);
});
