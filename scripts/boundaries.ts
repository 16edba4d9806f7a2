/**
 * Prevents that a package, or a folder of one, comes to depend on what the design keeps it apart from: an import is
 * written in a second, works, and is found a year later when the two cannot be separated any more. Also prevents
 * imports that work in the workspace only: across packages by path, or of a package that is not a dependency.
 *
 * The directions are data, with a reason beside each: scripts/boundaries.json.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { checkBoundaries } from "./boundaries/check-boundaries.ts";
import type { Rule } from "./boundaries/rules.ts";

const { rules } = JSON.parse(readFileSync(new URL("./boundaries.json", import.meta.url), "utf8")) as {
  rules: Rule[];
};
const { violations, files, imports } = checkBoundaries(fileURLToPath(new URL("..", import.meta.url)), rules);
for (const { file, line, message } of violations) {
  console.log(
    process.env.GITHUB_ACTIONS === "true"
      ? `::error file=${file},line=${line}::${message}`
      : `${file}:${line}: ${message}`,
  );
}
console.log(
  `${rules.length} rules, ${files} files, ${imports} imports: ${violations.length === 0 ? "no" : violations.length} violation${violations.length === 1 ? "" : "s"}.`,
);
process.exitCode = violations.length === 0 ? 0 : 1;
