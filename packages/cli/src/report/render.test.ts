import { stripVTControlCharacters } from "node:util";
import { expect, it } from "vitest";
import type { Finding } from "./finding.ts";
import { renderFindings } from "./render.ts";

const findings: readonly Finding[] = [
  {
    rule: "COMPILE",
    severity: "error",
    message: 'cannot find "Nope"',
    path: "proto/a b.proto",
    line: 4,
    column: 3,
    endLine: 4,
    endColumn: 7,
    source: "\tNope nope = 1;",
    help: "write what exists",
  },
  { rule: "USAGE", severity: "warning", message: "two\nlines, 100%", path: "x:y,z" },
  { rule: "NOTE", severity: "note", message: "only that" },
];

it("renders text", () => {
  expect(
    renderFindings(findings, "text", false),
  ).toBe(`proto/a b.proto:4:3: error: cannot find "Nope" (COMPILE)
     Nope nope = 1;
      ^
  mend: write what exists
x:y,z: warning: two
lines, 100% (USAGE)
note: only that (NOTE)
`);
});

it("renders colour only where it is asked for", () => {
  const plain = renderFindings(findings, "text", false);
  const colored = renderFindings(findings, "text", true);
  expect(plain).not.toContain("\u001b");
  expect(colored).toContain("\u001b[31merror\u001b[39m");
  expect(stripVTControlCharacters(colored)).toBe(plain);
});

it("renders a JSON object a line, without loss", () => {
  const lines = renderFindings(findings, "json", false).split("\n");
  expect(lines.pop()).toBe("");
  expect(lines.map((line) => JSON.parse(line))).toEqual(findings);
});

it("renders GitHub annotations, escaped", () => {
  expect(renderFindings(findings, "github", false)).toBe(
    `::error file=proto/a b.proto,line=4,endLine=4,col=3,endColumn=7,title=COMPILE::cannot find "Nope"%0Awrite what exists
::warning file=x%3Ay%2Cz,title=USAGE::two%0Alines, 100%25
::notice title=NOTE::only that
`,
  );
});

it("renders SARIF", () => {
  const log = JSON.parse(renderFindings(findings, "sarif", false));
  expect(log).toMatchObject({
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "wirehouse", rules: [{ id: "COMPILE" }, { id: "NOTE" }, { id: "USAGE" }] } },
        results: [
          {
            ruleId: "COMPILE",
            ruleIndex: 0,
            level: "error",
            message: { text: 'cannot find "Nope"\nwrite what exists' },
            locations: [
              {
                physicalLocation: {
                  artifactLocation: { uri: "proto/a%20b.proto" },
                  region: { startLine: 4, startColumn: 3, endLine: 4, endColumn: 7 },
                },
              },
            ],
          },
          { ruleId: "USAGE", ruleIndex: 2, level: "warning" },
          { ruleId: "NOTE", ruleIndex: 1, level: "note" },
        ],
      },
    ],
  });
  expect(log.runs[0].results[2].locations).toBeUndefined();
});

it("renders nothing of nothing, and a SARIF log without results", () => {
  expect([
    renderFindings([], "text", true),
    renderFindings([], "json", false),
    renderFindings([], "github", false),
  ]).toEqual(["", "", ""]);
  expect(JSON.parse(renderFindings([], "sarif", false)).runs[0].results).toEqual([]);
});

it.each([
  ["colour", "\u001b[31mred\u001b[0m", "red"],
  ["a title", "\u001b]0;title\u0007x", "x"],
  ["a cursor move", "a\u001b[2Ab", "ab"],
  ["a carriage return", "good\rbad", "goodbad"],
  ["backspaces and bells", "a\b\u0007b", "ab"],
  ["an escape alone", "a\u001bb", "ab"],
  ["C1 controls", "a\u009b31mb\u0085c", "abc"],
])("lets no control sequence reach a terminal: %s", (_, dirty, clean) => {
  const finding: Finding = {
    rule: "X",
    severity: "error",
    message: dirty,
    path: dirty,
    line: 1,
    source: dirty,
    help: dirty,
  };
  const text = renderFindings([finding], "text", false);
  expect(text).toBe(`${clean}:1: error: ${clean} (X)\n    ${clean}\n  mend: ${clean}\n`);
});
