import { mkdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { WirehouseError } from "../errors.ts";
import { loadWorkspace } from "../workspace/workspace.ts";
import { runVendor } from "./vendor.ts";
import { makeWorkspace, npmPackage, proto } from "./vendor-fixture.testdata.ts";

const yaml = (packages: string, out = "third_party") =>
  `version: v1\nvendor:\n  out: ${out}\n  packages:\n${packages.replace(/^(?=.)/gm, "    ")}`;

const acme = npmPackage("acme", "1.2.3", {
  "acme/a.proto": proto("acme", ["acme/b.proto", "google/protobuf/any.proto"]),
  "acme/b.proto": proto("acme", [], "B"),
  "acme/unused.proto": proto("acme", [], "U"),
  "node_modules/acme2/acme/a.proto": "not ours",
});

async function vendor(root: string) {
  return (await runVendor(loadWorkspace(root)))?.changes;
}

async function failureOf(root: string) {
  const reason = await vendor(root).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(reason).toBeInstanceOf(WirehouseError);
  const { code, findings } = reason as WirehouseError;
  return { code, ...findings[0] };
}

describe("vendor", () => {
  it("copies the wanted files and what they import, with licence and lock", async () => {
    const workspace = makeWorkspace({
      "wirehouse.yaml": yaml("acme:\n  files: [acme/a.proto]\n"),
      "pnpm-lock.yaml": "packages:\n\n  acme@1.2.3:\n    resolution: {integrity: sha512-abc==}\n",
      ...acme,
    });
    await vendor(workspace.root);
    const tree = workspace.tree("third_party");
    expect(Object.keys(tree)).toEqual([
      "LICENSES/acme.txt",
      "acme/a.proto",
      "acme/b.proto",
      "vendor.lock.json",
    ]);
    expect(tree["acme/a.proto"]).toBe(acme["node_modules/acme/acme/a.proto"]);
    expect(tree["LICENSES/acme.txt"]).toBe("Licence of acme\n");
    expect(JSON.parse(tree["vendor.lock.json"] ?? "")).toMatchObject({
      version: 1,
      packages: {
        acme: {
          version: "1.2.3",
          integrity: "sha512-abc==",
          license: { path: "LICENSES/acme.txt", source: "LICENSE" },
          files: { "acme/a.proto": { source: "acme/a.proto" }, "acme/b.proto": { source: "acme/b.proto" } },
        },
      },
    });
  });

  it("writes nothing the second time", async () => {
    const workspace = makeWorkspace({ "wirehouse.yaml": yaml("acme:\n  files: [acme/*.proto]\n"), ...acme });
    await vendor(workspace.root);
    const before = statSync(join(workspace.root, "third_party/acme/a.proto"));
    expect(await vendor(workspace.root)).toEqual({ written: [], removed: [] });
    const after = statSync(join(workspace.root, "third_party/acme/a.proto"));
    expect([after.ino, after.mtimeMs]).toEqual([before.ino, before.mtimeMs]);
  });

  it("follows imports into another vendored package, and takes `root` and `rename` into account", async () => {
    const workspace = makeWorkspace({
      "wirehouse.yaml": yaml(`acme:
  root: src
  rename:
    odd/place.proto: acme/right.proto
base:
  files: [base/x.proto]
`),
      ...npmPackage("acme", "1.0.0", {
        "odd/place.proto": proto("acme", ["acme/in.proto"]),
        "src/acme/in.proto": proto("acme", ["base/y.proto"], "In"),
      }),
      ...npmPackage("base", "1.0.0", {
        "base/x.proto": proto("base", []),
        "base/y.proto": proto("base", [], "Y"),
      }),
    });
    await vendor(workspace.root);
    expect(Object.keys(workspace.tree("third_party")).filter((path) => path.endsWith(".proto"))).toEqual([
      "acme/in.proto",
      "acme/right.proto",
      "base/x.proto",
      "base/y.proto",
    ]);
  });

  it("removes what is no longer wanted, temporary files, and empty folders", async () => {
    const workspace = makeWorkspace({ "wirehouse.yaml": yaml("acme:\n  files: [acme/a.proto]\n"), ...acme });
    await vendor(workspace.root);
    workspace.write({
      "wirehouse.yaml": yaml("acme:\n  files: [acme/unused.proto]\n"),
      "third_party/deep/er/mine.proto": "",
      "third_party/acme/a.proto.1-0.wirehouse-tmp": "half",
    });
    expect(await vendor(workspace.root)).toEqual({
      written: ["acme/unused.proto", "vendor.lock.json"],
      removed: ["acme/a.proto", "acme/a.proto.1-0.wirehouse-tmp", "acme/b.proto", "deep/er/mine.proto"],
    });
    expect(statSync(join(workspace.root, "third_party/deep"), { throwIfNoEntry: false })).toBeUndefined();
  });

  it("gives LF line endings to files that the package has with CRLF", async () => {
    const workspace = makeWorkspace({
      "wirehouse.yaml": yaml("acme:\n  files: [a.proto]\n"),
      ...npmPackage("acme", "1.0.0", { "a.proto": 'syntax = "proto3";\r\n', LICENSE: "L\r\n" }),
    });
    await vendor(workspace.root);
    expect(workspace.tree("third_party")).toMatchObject({
      "a.proto": 'syntax = "proto3";\n',
      "LICENSES/acme.txt": "L\n",
    });
  });

  it("replaces a symbolic link in the folder, and writes nothing through it", async () => {
    const workspace = makeWorkspace({ "wirehouse.yaml": yaml("acme:\n  files: [acme/b.proto]\n"), ...acme });
    await vendor(workspace.root);
    rmSync(join(workspace.root, "third_party/acme"), { recursive: true });
    mkdirSync(join(workspace.root, "elsewhere"));
    symlinkSync(join(workspace.root, "elsewhere"), join(workspace.root, "third_party/acme"));
    await vendor(workspace.root);
    expect(workspace.tree("elsewhere")).toEqual({});
    expect(workspace.read("third_party/acme/b.proto")).toBe(proto("acme", [], "B"));
  });

  it("takes a licence from the workspace, and several of a package with its notice", async () => {
    const workspace = makeWorkspace({
      "wirehouse.yaml": yaml(`one:
  files: [one.proto]
  license: workspace:legal/one.txt
two:
  files: [two.proto]
`),
      "legal/one.txt": "ours\n",
      ...npmPackage("one", "1.0.0", { "one.proto": "" }),
      ...npmPackage("two", "1.0.0", { "two.proto": "", LICENSE: "A\n", "LICENSE-MIT": "B\n", NOTICE: "N\n" }),
    });
    await vendor(workspace.root);
    expect(workspace.tree("third_party/LICENSES")).toEqual({
      "one.txt": "ours\n",
      "two.txt": "==> LICENSE <==\n\nA\n\n==> LICENSE-MIT <==\n\nB\n\n==> NOTICE <==\n\nN\n",
    });
  });
});

describe("vendor refuses", () => {
  const cases: { title: string; packages: string; files?: object; expected: object }[] = [
    {
      title: "a package that is not installed",
      packages: "nowhere:\n  files: [a.proto]\n",
      expected: {
        code: "CONFIG",
        message: "the package nowhere is not installed",
        line: 5,
        help: expect.stringContaining("pnpm add"),
      },
    },
    {
      title: "a package name that is a path",
      packages: '"../acme":\n  files: [a.proto]\n',
      expected: { code: "CONFIG", message: "the package ../acme is not installed" },
    },
    {
      title: "a file that does not exist",
      packages: "acme:\n  files:\n    - acme/a.proto\n    - b.proto\n",
      expected: {
        message: "acme 1.2.3 has nothing at b.proto",
        line: 8,
        column: 11,
        help: expect.stringContaining("acme/b.proto"),
      },
    },
    {
      title: "a glob that matches nothing",
      packages: "acme:\n  files: [other/**]\n",
      expected: {
        message: "acme 1.2.3 has nothing at other/**",
        help: expect.stringContaining("there is acme"),
      },
    },
    {
      title: "a path that leads out",
      packages: "acme:\n  files: [../secret.proto]\n",
      expected: { code: "CONFIG", message: "../secret.proto is no import path" },
    },
    {
      title: "a root that leads out",
      packages: "acme:\n  root: ../..\n  files: [a.proto]\n",
      expected: { code: "CONFIG", message: "../.. leads out of its folder", line: 6 },
    },
    {
      title: "a rename target that leads out",
      packages: "acme:\n  rename: { acme/a.proto: ../../a.proto }\n",
      expected: { code: "CONFIG", message: "../../a.proto is no import path of a .proto file" },
    },
    {
      title: "a rename of a missing file",
      packages: "acme:\n  rename: { nope.proto: acme/a.proto }\n",
      expected: { code: "CONFIG", message: "acme 1.2.3 has no file nope.proto", line: 6 },
    },
    {
      title: "a package that is asked for nothing",
      packages: "acme: {}\n",
      expected: { code: "CONFIG", message: "nothing is taken from acme" },
    },
    {
      title: "a well-known file",
      packages: "wkt:\n  files: [google/protobuf/any.proto]\n",
      files: npmPackage("wkt", "1.0.0", { "google/protobuf/any.proto": "" }),
      expected: { message: "buf provides google/protobuf/any.proto itself: it is not vendored" },
    },
    {
      title: "an import that nothing provides",
      packages: "needy:\n  files: [n.proto]\n",
      files: npmPackage("needy", "1.0.0", { "n.proto": proto("n", ["far/away.proto"]) }),
      expected: {
        code: "PROTO",
        message: "n.proto of needy imports far/away.proto, which no vendored package provides",
        line: 6,
      },
    },
    {
      title: "two packages that disagree about a path",
      packages: "acme:\n  files: [acme/b.proto]\nfork:\n  files: [acme/b.proto]\n",
      files: npmPackage("fork", "9.0.0", { "acme/b.proto": "// other\n" }),
      expected: {
        code: "CONFIG",
        message: "acme 1.2.3 and fork 9.0.0 both provide acme/b.proto, with different content",
        line: 8,
      },
    },
    {
      title: "an import that two packages provide differently",
      packages:
        "acme:\n  files: [acme/unused.proto]\nfork:\n  files: [f.proto]\nneedy:\n  files: [n.proto]\n",
      files: {
        ...npmPackage("fork", "9.0.0", { "acme/b.proto": "// other\n", "f.proto": "" }),
        ...npmPackage("needy", "1.0.0", { "n.proto": proto("n", ["acme/b.proto"]) }),
      },
      expected: { message: expect.stringContaining("both provide acme/b.proto"), line: 10 },
    },
    {
      title: "a package without a licence",
      packages: "bare:\n  files: [b.proto]\n",
      files: {
        "node_modules/bare/package.json": { name: "bare", version: "1.0.0" },
        "node_modules/bare/b.proto": "",
      },
      expected: { code: "CONFIG", message: expect.stringContaining("bare has no licence file"), line: 5 },
    },
    {
      title: "a configured licence that does not exist",
      packages: "acme:\n  files: [acme/b.proto]\n  license: COPYRIGHT\n",
      expected: { code: "CONFIG", message: "the licence COPYRIGHT of acme does not exist", line: 7 },
    },
  ];
  it.each(cases)("$title", async ({ packages, files, expected }) => {
    const workspace = makeWorkspace({ "wirehouse.yaml": yaml(packages), ...acme, ...files });
    expect(await failureOf(workspace.root)).toMatchObject({ path: "wirehouse.yaml", ...expected });
    expect(workspace.tree("third_party")).toEqual({});
  });

  it.each([".", "..", "/tmp/x", "a\\b"])("the folder %s", async (out) => {
    const workspace = makeWorkspace({
      "wirehouse.yaml": yaml("acme:\n  files: [acme/b.proto]\n", out),
      ...acme,
    });
    expect(await failureOf(workspace.root)).toMatchObject({
      code: "CONFIG",
      path: "wirehouse.yaml",
      line: 3,
    });
  });

  it("a folder that is a symbolic link", async () => {
    const workspace = makeWorkspace({ "wirehouse.yaml": yaml("acme:\n  files: [acme/b.proto]\n"), ...acme });
    mkdirSync(join(workspace.root, "elsewhere"));
    symlinkSync(join(workspace.root, "elsewhere"), join(workspace.root, "third_party"));
    expect(await failureOf(workspace.root)).toMatchObject({
      message: expect.stringContaining("symbolic link"),
    });
  });

  it("a folder with files that were not vendored, before anything is deleted", async () => {
    const workspace = makeWorkspace({
      "wirehouse.yaml": yaml("acme:\n  files: [acme/b.proto]\n"),
      "third_party/mine.proto": "precious",
      ...acme,
    });
    expect(await failureOf(workspace.root)).toMatchObject({
      message: expect.stringContaining("third_party/mine.proto"),
    });
    expect(workspace.tree("third_party")).toEqual({ "mine.proto": "precious" });
  });
});
