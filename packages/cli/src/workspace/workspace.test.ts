import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import { WirehouseError } from "../errors.ts";
import { type Files, writeFiles } from "../testing/fixture.ts";
import { badConfigs } from "./bad-config.testdata.ts";
import { loadGenerateWorkspace, loadWorkspace } from "./workspace.ts";

function makeRoot(files: Files): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "wirehouse-workspace-")));
  onTestFinished(() => rmSync(root, { recursive: true }));
  writeFiles(root, files);
  return root;
}

function refusalOf(load: () => unknown): WirehouseError {
  try {
    load();
  } catch (reason) {
    if (reason instanceof WirehouseError) {
      return reason;
    }
    throw reason;
  }
  return expect.fail("nothing was refused");
}

it.each(badConfigs)("refuses $title", ({ files, code, at, says, help, source }) => {
  const refusal = refusalOf(() => loadGenerateWorkspace(makeRoot(files)));
  expect(refusal.code).toBe(code);
  const [finding] = refusal.findings;
  expect([finding?.path, finding?.line, finding?.column].filter((part) => part !== undefined).join(":")).toBe(
    at,
  );
  for (const part of says) {
    expect(finding?.message).toContain(part);
  }
  expect(finding?.help ?? "").toContain(help ?? "");
  if (source !== undefined) {
    expect(finding?.source).toBe(source);
  }
});

it("shows nothing of an address that has credentials", () => {
  const [bad] = badConfigs.filter(({ title }) => title.includes("without showing them"));
  const refusal = refusalOf(() => loadWorkspace(makeRoot(bad?.files ?? {})));
  expect(inspect(refusal, { depth: 9 })).not.toContain("secret");
});

it("reports every fault of a file at once", () => {
  const files = {
    "buf.yaml": "version: v2\nmodules:\n  - path: 1\n    oops: 2\nextra: 3\n",
  };
  const { findings } = refusalOf(() => loadWorkspace(makeRoot(files)));
  expect(findings.map(({ line, column }) => `${line}:${column}`).sort()).toEqual(["3:5", "4:5", "5:1"]);
});

it("names the workspace above, when it is run in a folder of it", () => {
  const root = makeRoot({ "buf.yaml": "version: v2\n", "proto/acme/a.proto": "" });
  const refusal = refusalOf(() => loadWorkspace(join(root, "proto", "acme")));
  expect(refusal.code).toBe("USAGE");
  expect(refusal.findings[0]?.help).toBe(`run it in ${root}, or pass --cwd ${root}`);
});

it("refuses a directory that does not exist, and a file", () => {
  const root = makeRoot({ "buf.yaml": "version: v2\n" });
  expect(refusalOf(() => loadWorkspace(join(root, "nope"))).message).toContain("not a directory");
  expect(refusalOf(() => loadWorkspace(join(root, "buf.yaml"))).message).toContain("not a directory");
});

it("says that a file cannot be read, when a folder has its name", () => {
  const root = makeRoot({});
  mkdirSync(join(root, "buf.yaml"));
  expect(refusalOf(() => loadWorkspace(root)).message).toContain("buf.yaml cannot be read: EISDIR");
});

it("reads everything that there is to say", () => {
  const { buf, gen, wirehouse } = loadGenerateWorkspace(
    makeRoot({
      "buf.yaml":
        "version: v2\nmodules:\n  - path: ./proto/\n    includes: [proto/a/]\n  - path: .\ndeps: [buf.build/x/y]\n",
      "buf.gen.yaml": `version: v2
clean: true
managed: { enabled: false }
plugins:
  - local: [node, plugin.js]
    out: ./gen\\ts/
    opt: a=b
    strategy: all
  - local: es
    out: gen
    opt: [a, b]
    include_imports: true
inputs:
  - directory: ./proto
    paths: [proto/a/]
    exclude_paths: [./proto/b]
`,
      "wirehouse.yaml":
        'version: v1\nrules:\n  - imports: ["google/api/*.proto"]\n    plugin: { local: x, out: gen/x }\nplugins:\n  es: { timeout_seconds: 3, inputs: [a] }\n',
    }),
  );
  expect(buf).toEqual({
    modules: [
      { path: "proto", includes: ["proto/a"], excludes: [] },
      { path: ".", includes: [], excludes: [] },
    ],
    hasRemoteDeps: true,
  });
  expect(gen).toMatchObject({
    clean: true,
    managed: undefined,
    plugins: [
      { command: ["node", "plugin.js"], out: "gen/ts", opt: ["a=b"], strategy: "all", includeImports: false },
      { command: ["es"], out: "gen", opt: ["a", "b"], strategy: "directory", includeImports: true },
    ],
    inputs: [{ directory: "proto", paths: ["proto/a"], excludePaths: ["proto/b"] }],
  });
  expect(wirehouse).toMatchObject({
    rules: [{ plugin: { command: ["x"], out: "gen/x" }, paths: [], imports: ["google/api/*.proto"] }],
    plugins: { es: { timeoutSeconds: 3, inputs: ["a"] } },
    cache: { maxSizeMb: 2048 },
  });
});
