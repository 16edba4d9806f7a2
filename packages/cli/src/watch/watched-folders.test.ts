import { mkdirSync, symlinkSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, it } from "vitest";
import { makeFixture, proto } from "../testing/fixture.ts";
import { loadGenerateWorkspace } from "../workspace/workspace.ts";
import { matters, watchedFolders } from "./watched-folders.ts";

it("watches the folders of modules and of what links in them lead to, not outputs, excluded or installed ones", () => {
  const fixture = makeFixture({
    "buf.yaml": "version: v2\nmodules:\n  - path: .\n    excludes:\n      - skipped\n",
    "buf.gen.yaml": "version: v2\nplugins:\n  - local: ./fake\n    out: gen\n",
    "a/v1/a.proto": proto("a.v1"),
    "skipped/b.proto": "",
    "gen/a/v1/a.txt": "",
    ".git/HEAD": "ref: refs/heads/main\n",
    ".git/objects/00/x": "",
  });
  mkdirSync(join(fixture.base, "elsewhere/deep"), { recursive: true });
  symlinkSync(join(fixture.base, "elsewhere"), join(fixture.root, "linked"));
  symlinkSync(join(fixture.root, "a"), join(fixture.root, "a/v1/loop"));
  const folders = watchedFolders(fixture.root, loadGenerateWorkspace(fixture.root));
  const names = [...folders].map(([path, interest]) => [
    relative(fixture.root, path) || ".",
    interest === "protos" ? interest : "names",
  ]);
  expect(Object.fromEntries(names)).toEqual({
    ".": "protos",
    ".git": "names",
    "../elsewhere": "protos",
    "../elsewhere/deep": "protos",
    a: "protos",
    "a/v1": "protos",
    node_modules: "names",
  });
});

it.each([
  ["protos", "a.proto", false, true],
  ["protos", "a.proto.swp", false, false],
  ["protos", "folder", true, true],
  ["protos", undefined, false, true],
  [new Set(["buf.yaml"]), "buf.yaml", false, true],
  [new Set(["buf.yaml"]), "README.md", false, false],
  [new Set(["proto"]), "gen", true, false],
] as const)(
  "asked of %o whether %o matters (a folder: %o), says %o",
  (interest, name, isFolder, expected) => {
    expect(matters(interest, name, isFolder)).toBe(expected);
  },
);
