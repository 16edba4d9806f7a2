import { readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./run.ts";

/** What must not be published: tests and what they use, sources, build records. */
const unwanted = /\.(test|testdata)\.|\/(testing|exactness|bench|src)\/|(?<!\.d)\.[cm]?ts$|\.tsbuildinfo$/;

/** What is wrong with the files of a packed tarball and with its manifest; nothing, one hopes. */
export function checkTarball(tarball: string, root: string, required: readonly string[]): string[] {
  const files = run("tar", ["-tzf", tarball], root).split("\n").filter(Boolean);
  const read = (file: string) => run("tar", ["-xzOf", tarball, file], root);
  const problems = files
    .filter((file) => unwanted.test(file))
    .map((file) => `${file} has no place in a package`);
  for (const file of [...required, "package/LICENSE"]) {
    if (!files.includes(file)) {
      problems.push(`${file} is missing`);
    }
  }
  if (
    files.includes("package/LICENSE") &&
    read("package/LICENSE") !== readFileSync(join(root, "LICENSE"), "utf8")
  ) {
    problems.push("package/LICENSE is not the LICENSE of the repository");
  }
  const manifest = read("package/package.json");
  for (const [protocol] of manifest.matchAll(/"(workspace|catalog|link|file):[^"]*"/g)) {
    problems.push(`package.json names ${protocol}, which npm cannot install`);
  }
  for (const [path] of manifest.matchAll(/"\.\/src\/[^"]*"/g)) {
    problems.push(`package.json names ${path}, which is not in the package`);
  }
  return problems;
}
