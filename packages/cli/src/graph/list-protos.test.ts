import { mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { makeFixture, proto } from "../testing/fixture.ts";
import { loadWorkspace } from "../workspace/workspace.ts";
import { linkCases } from "./list-protos.testdata.ts";
import { listProtos } from "./list-protos.ts";

interface Tree {
  readonly buf?: string;
  readonly files: readonly string[];
  /** Path of the link, and where it leads. */
  readonly links: readonly (readonly [path: string, target: string])[];
}

/** What we list in a tree, and what buf does. */
async function listBoth({ buf, files, links }: Tree) {
  const { root, buf: run } = makeFixture({
    ...(buf === undefined ? {} : { "buf.yaml": buf }),
    ...Object.fromEntries(files.map((path) => [path, proto("p", [], "M")])),
  });
  for (const [path, target] of links) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    symlinkSync(target, join(root, path));
  }
  const ours = loadWorkspace(root).buf.modules.flatMap((module) =>
    listProtos(root, module).map((path) => (module.path === "." ? path : `${module.path}/${path}`)),
  );
  const listed = await run("ls-files");
  return { ours: ours.sort(), theirs: listed.toString().split("\n").filter(Boolean).sort() };
}

it.each(linkCases)("finds what buf finds: $title", async (tree) => {
  const { ours, theirs } = await listBoth(tree);
  expect(ours).toEqual(theirs);
  expect(ours).toEqual(tree.found);
});

it("finds what buf finds in any tree of files and links", async () => {
  const name = fc.constantFrom("a", "b", "c", "d.proto");
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
  const tree = fc.record({
    files: fc.uniqueArray(path, { minLength: 1, maxLength: 5 }),
    links: fc.uniqueArray(fc.tuple(path, path), { maxLength: 4, selector: ([from]) => from }),
  });
  await fc.assert(
    fc.asyncProperty(tree, async ({ files, links }) => {
      const taken = new Set<string>();
      const isFree = (candidate: string) =>
        [...taken].every(
          (other) => !`${other}/`.startsWith(`${candidate}/`) && !`${candidate}/`.startsWith(`${other}/`),
        );
      const take = (candidate: string) => isFree(candidate) && Boolean(taken.add(candidate));
      const own = files.map((file) => `proto/${file}.proto`).filter(take);
      const free = links.filter(([from]) => take(`proto/${from}`));
      const up = (from: string) => "../".repeat(from.split("/").length - 1) || "./";
      // Links that lead to links could lead to each other, which buf refuses to read.
      const linked = new Set(free.map(([from]) => from));
      const direct = free.filter(([, to]) => [...linked].every((from) => !`${to}/`.startsWith(`${from}/`)));
      const { ours, theirs } = await listBoth({
        files: ["proto/z.proto", ...own],
        links: direct.map(([from, to]) => [`proto/${from}`, up(from) + to]),
      });
      expect(ours).toEqual(theirs);
    }),
    { numRuns: 30 },
  );
});
