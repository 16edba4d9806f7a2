import { describe, expect, it } from "vitest";
import { isOutput, readSteps } from "./read-steps.ts";

describe("the steps of a page", () => {
  it("are its files and its commands, in order", () => {
    const page = [
      "`a/b.ts`:",
      "",
      "```ts",
      "x",
      "```",
      "<!-- exit code 7 -->",
      "",
      "```console",
      "$ one",
      "says",
      "$ two",
      "```",
    ];
    expect(readSteps(page.join("\n"))).toEqual([
      { kind: "write", line: 3, path: "a/b.ts", text: "x\n" },
      { kind: "run", line: 9, command: "one", output: ["says"], exitCode: 0 },
      { kind: "run", line: 11, command: "two", output: [], exitCode: 7 },
    ]);
  });

  it.each([
    ["a block that is neither a file nor commands", "```ts\nx\n```", /line 1: neither/],
    ["a console block without a command", "```console\nsays\n```", /line 2: .* begins with a command/],
    ["a block without an end", "text\n```ts\nx", /line 2: .* no end/],
  ])("refuses %s", (_, page, problem) => {
    expect(() => readSteps(page)).toThrow(problem);
  });
});

it.each<[printed: string, expected: string[], matches: boolean]>([
  ["anything", [], true],
  ["a\nb\n", ["a", "b"], true],
  ["a\nb\nc\n", ["a", "b"], false],
  ["a\n", ["a", "b"], false],
  ["a\nx\ny\nb\n", ["a", "…", "b"], true],
  ["took 12 ms", ["took … ms"], true],
  ["took 12 s", ["took … ms"], false],
  ["a.c", ["a.c"], true],
  ["abc", ["a.c"], false],
])("%j is what %j describes: %s", (printed, expected, matches) => {
  expect(isOutput(printed, expected)).toBe(matches);
});
