import { expect, it } from "vitest";
import type { Domain } from "../graph/domain-graph.ts";
import { renderGraphSvg, renderGraphText } from "./render-graph.ts";

const domains: readonly Domain[] = [
  {
    domain: "acme/base",
    package: "@acme/base",
    files: 1,
    imports: [{ domain: "google/protobuf", count: 2 }],
  },
  {
    domain: "acme/shop",
    package: "@acme/shop",
    files: 3,
    imports: [
      { domain: "acme/base", count: 1 },
      { domain: "google/protobuf", count: 1 },
    ],
  },
  { domain: "google/protobuf", files: 0, imports: [] },
];

it("prints a paragraph a domain", () => {
  expect(renderGraphText(domains, new Set(["acme/base"]))).toBe(`acme/base  @acme/base, 1 file, in a cycle
  imports google/protobuf (2)
acme/shop  @acme/shop, 3 files
  imports acme/base (1)
  imports google/protobuf (1)
google/protobuf  not in this workspace
`);
});

/** The x of each box's text. */
function columns(svg: string): Record<string, number> {
  return Object.fromEntries(
    [...svg.matchAll(/<text x="(\d+)" y="\d+">([^<]+)</g)].map(([, x, name]) => [name, Number(x)]),
  );
}

it("draws each domain to the left of what it imports", () => {
  const svg = renderGraphSvg(domains, new Set());
  const at = columns(svg);
  expect(at["acme/shop"]).toBeLessThan(at["acme/base"] ?? 0);
  expect(at["acme/base"]).toBeLessThan(at["google/protobuf"] ?? 0);
  expect(svg.match(/<path/g)).toHaveLength(3);
  expect(renderGraphSvg(domains, new Set())).toBe(svg);
});

it("draws cycles, no domains at all, and names that are markup", () => {
  const cycle = [
    { domain: "a", files: 1, imports: [{ domain: "b", count: 1 }] },
    { domain: "b", files: 1, imports: [{ domain: "a", count: 1 }] },
  ];
  const svg = renderGraphSvg(cycle, new Set(["a", "b"]));
  expect(svg.match(/class="cycle"/g)).toHaveLength(2);
  expect(renderGraphSvg([], new Set())).toContain("<svg");
  const [first] = cycle;
  expect(renderGraphSvg([{ domain: '<&">', files: 1, imports: [] }], new Set())).toContain(
    "&lt;&amp;&quot;&gt;",
  );
  expect(first?.domain).toBe("a");
});
