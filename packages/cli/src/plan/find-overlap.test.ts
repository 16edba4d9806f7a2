import * as fc from "fast-check";
import { expect, it } from "vitest";
import { findOverlap } from "./find-overlap.ts";

it.each([
  [["a", "b", "c/a", "c/b"], undefined],
  [["a/b/c", "a/b/d", "a/e"], undefined],
  [["a", "A"], { paths: ["a", "A"], kind: "case" }],
  [["x/a/b", "x/A/c"], { paths: ["x/a", "x/A"], kind: "case" }],
  [["a", "a/b"], { paths: ["a", "a/b"], kind: "file and folder" }],
  [["a/b/c", "a"], { paths: ["a", "a/b/c"], kind: "file and folder" }],
])("judges %j", (paths, overlap) => {
  expect(findOverlap(paths)).toEqual(overlap);
});

it("finds an overlap exactly where comparing all pairs does", () => {
  const path = fc
    .array(fc.constantFrom("a", "A", "b"), { minLength: 1, maxLength: 3 })
    .map((parts) => parts.join("/"));
  const folders = (name: string): string[] => {
    const end = name.lastIndexOf("/");
    return end < 0 ? [] : [name.slice(0, end), ...folders(name.slice(0, end))];
  };
  fc.assert(
    fc.property(fc.uniqueArray(path, { maxLength: 5 }), (paths) => {
      const files = new Set(paths);
      const all = [...new Set([...paths, ...paths.flatMap(folders)])];
      const byCase = all.some((one) =>
        all.some((two) => one !== two && one.toLowerCase() === two.toLowerCase()),
      );
      const byKind = paths.some((one) => folders(one).some((folder) => files.has(folder)));
      expect(findOverlap(paths) !== undefined).toBe(byCase || byKind);
    }),
    { numRuns: 1000 },
  );
});
