import { expect, it } from "vitest";
import { formatLabels, parseLabels } from "./labels.ts";

it.each([
  ["", {}],
  ["\n \n", {}],
  ["project = apollo", { project: "apollo" }],
  ["project=apollo\nreviewed", { project: "apollo", reviewed: "" }],
  ["formula = a = b", { formula: "a = b" }],
  ["team/a-b.c_d = x", { "team/a-b.c_d": "x" }],
  ["__proto = x", undefined],
  ["Project = x", undefined],
  ["ends- = x", undefined],
  ["= x", undefined],
  ["a = 1\na = 2", undefined],
])("%j means %j", (text, labels) => {
  const parsed = parseLabels(text);
  expect(parsed.ok ? parsed.labels : undefined).toEqual(labels);
});

it("says what is wrong", () => {
  expect(parseLabels("a = 1\na = 2")).toEqual({ ok: false, problem: "“a” is there twice" });
  expect(parseLabels("= x")).toMatchObject({ problem: expect.stringContaining("a key is missing") });
});

it("writes labels so that they read back the same, in order of their keys", () => {
  const labels = { project: "apollo = 11", a: "", constructor: "x" };
  const text = formatLabels(labels);
  expect(text).toBe("a\nconstructor = x\nproject = apollo = 11");
  expect(parseLabels(text)).toEqual({ ok: true, labels });
});
