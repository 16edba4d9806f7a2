import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildOrder } from "./build-order.ts";
import { closureDigests } from "./closure-digests.ts";
import { duplicateSymbols } from "./duplicate-symbols.ts";
import { anyGraph, graphOf } from "./import-graph.testdata.ts";

const diamond = graphOf({
  a: ["b", "c"],
  b: ["d"],
  c: ["public d", "external"],
  d: ["public e"],
  e: [],
  alone: [],
});

describe("ImportGraph", () => {
  it("knows a file's closure, with what nothing provides", () => {
    expect([...diamond.closure("a")].sort()).toEqual(["a", "b", "c", "d", "e", "external"]);
    expect([...diamond.closure("alone")]).toEqual(["alone"]);
    expect([...diamond.closure("nowhere")]).toEqual(["nowhere"]);
  });

  it("knows what depends on a file", () => {
    expect([...diamond.dependents(["d"])].sort()).toEqual(["a", "b", "c", "d"]);
    expect([...diamond.dependents([])]).toEqual([]);
  });

  it("knows what a file sees: its imports and what those import publicly", () => {
    expect([...diamond.visible("a")].sort()).toEqual(["b", "c", "d", "e"]);
    expect([...diamond.visible("b")].sort()).toEqual(["d", "e"]);
  });

  it("knows direct dependencies, without what nothing provides", () => {
    expect(diamond.dependencies("c")).toEqual(["d"]);
    expect(diamond.externalImports().map((found) => [found.from.path, found.import.path])).toEqual([
      ["c", "external"],
    ]);
  });

  it("agrees with itself in any graph: x is in y's closure exactly when y depends on x", () => {
    fc.assert(
      fc.property(anyGraph(), (shape) => {
        const graph = graphOf(shape);
        for (const x of graph.files.keys()) {
          const dependents = graph.dependents([x]);
          for (const y of graph.files.keys()) {
            expect(graph.closure(y).has(x)).toBe(dependents.has(y));
          }
        }
      }),
    );
  });
});

describe("buildOrder", () => {
  const order = (...targets: string[]) =>
    buildOrder(targets, (path) => diamond.get(path)?.imports.map((found) => found.path) ?? []);

  it("puts imports first, in the order of the statements, and targets by name", () => {
    expect(order("b", "a")).toEqual(["e", "d", "b", "external", "c", "a"]);
    expect(order("c", "alone")).toEqual(["alone", "e", "d", "external", "c"]);
  });

  it("ends for an import cycle", () => {
    expect(buildOrder(["a"], (path) => [path === "a" ? "b" : "a"])).toEqual(["b", "a"]);
  });
});

describe("closureDigests", () => {
  it("changes exactly for the files whose closure a change touches", () => {
    fc.assert(
      fc.property(anyGraph(), fc.nat(), (shape, pick) => {
        const graph = graphOf(shape);
        const paths = [...graph.files.keys()];
        const touched = paths[pick % paths.length] ?? "";
        const before = closureDigests(graph, "buf");
        const after = closureDigests(graphOf(shape, { [touched]: "other" }), "buf");
        const changed = paths.filter((path) => before.get(path) !== after.get(path));
        expect(changed.sort()).toEqual([...graph.dependents([touched])].sort());
      }),
      { numRuns: 300 },
    );
  });

  it("tells apart a file that is moved, an import that is new, and another compiler", () => {
    const digest = (shape: Record<string, string[]>, path: string, external = "buf") =>
      closureDigests(graphOf(shape, { b: "same", c: "same" }), external).get(path);
    const base = digest({ a: ["b"], b: [] }, "a");
    expect(digest({ a: ["b"], b: [] }, "a")).toBe(base);
    expect(digest({ a: ["c"], c: [] }, "a")).not.toBe(base);
    expect(digest({ a: ["b"], b: ["external"] }, "a")).not.toBe(base);
    expect(digest({ a: ["external"] }, "a", "buf 2")).not.toBe(digest({ a: ["external"] }, "a"));
  });
});

describe("duplicateSymbols", () => {
  it("finds names that two files declare, by package", () => {
    const graph = graphOf({ a: [], b: [], c: [] }, {}, { a: ["p", "M N"], b: ["p", "O N"], c: ["q", "M"] });
    expect(duplicateSymbols(graph, ["a", "b", "c"])).toEqual([{ name: "p.N", files: ["a", "b"] }]);
    expect(duplicateSymbols(graph, ["a", "c"])).toEqual([]);
  });

  it("takes files that declare nothing for what they are", () => {
    const graph = graphOf({ a: [], b: [] }, {}, { a: ["p", ""], b: ["p", ""] });
    expect(duplicateSymbols(graph, ["a", "b"])).toEqual([]);
  });
});
