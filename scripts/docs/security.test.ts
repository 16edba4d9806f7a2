/**
 * Prevents that the threat model promises what no test holds any more: each row of its promises names a test by its title, and
 * the title is in that file.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const page = fileURLToPath(new URL("../../docs/security.md", import.meta.url));
const text = readFileSync(page, "utf8");

/** The rows of the tables whose second column is "held by". */
const promises = [...text.matchAll(/^\| promise .*\n\|[ -|]*\n((?:\|.*\n)+)/gm)].flatMap(([, rows = ""]) =>
  rows.trimEnd().split("\n"),
);
const testsOf = (row: string) =>
  [...row.matchAll(/\[([^\]]+)\]\(([^)]+\.test\.ts)\)/g)].map(([, title = "", file = ""]) => ({
    title,
    file,
  }));

it("has promises about each part", () => {
  expect(promises.length).toBeGreaterThan(40);
});

it.each(promises)("%s", (row) => {
  const tests = testsOf(row);
  expect(tests).not.toEqual([]);
  for (const { title, file } of tests) {
    const path = join(dirname(page), file);
    expect(existsSync(path), file).toBe(true);
    const stands = readFileSync(path, "utf8")
      .split("\n")
      .some((line) => line.includes(title) && /^\s*(?:it|test|describe|eachStore|\]|"|\["|`)/.test(line));
    expect(stands, `${file} has no test "${title}"`).toBe(true);
  }
});
