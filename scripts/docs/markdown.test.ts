import { expect, it } from "vitest";
import { isExcerpt, readCodeBlocks, readLinks } from "./markdown.ts";

it("finds blocks with their language and their source", () => {
  const markdown = "# A\n\n<!-- from a/b.ts -->\n\n```ts\nconst a = 1;\n```\n\n```sh\npnpm test\n```\n";
  expect(readCodeBlocks(markdown)).toEqual([
    { line: 5, language: "ts", text: "const a = 1;", from: "a/b.ts" },
    { line: 9, language: "sh", text: "pnpm test", from: undefined },
  ]);
});

it.each([
  ["the whole", "a\nb\nc", true],
  ["a part", "b", true],
  ["a part, less indented", "if (x) {\n  y();\n}", true],
  ["half a line", "x) {", false],
  ["an edited line", "if (x) {\n  z();\n}", false],
  ["lines with one left out", "a\nc", false],
])("an excerpt: %s", (_title, block, expected) => {
  const file = "a\nb\nc\n  if (x) {\n    y();\n  }\n";
  expect(isExcerpt(block, file)).toBe(expected);
});

it("finds relative links and no others", () => {
  const markdown = "[a](docs/a.md#x) [b](https://b) [c](#c) `[d](d.md)`\n\n```md\n[e](e.md)\n```\n";
  expect(readLinks(markdown)).toEqual(["docs/a.md"]);
});
