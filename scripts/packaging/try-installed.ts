import assert from "node:assert/strict";
import { appendFileSync, cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { outsideEnvironment, run, tryRun } from "./run.ts";
import { expectedOutputs, linkGenerated, useGenerated, userProject } from "./user-project.ts";

/**
 * Runs the installed commands in a copy of the project that has them installed.
 * @param node the program to run them with
 * @param release what its version must begin with
 */
export function tryInstalled(
  root: string,
  installed: string,
  folder: string,
  node: string,
  release: string,
): void {
  cpSync(installed, folder, { recursive: true, verbatimSymlinks: true });
  cpSync(userProject, folder, { recursive: true });
  const env = outsideEnvironment(root, dirname(node), join(folder, ".cache"));
  const version = run("node", ["--version"], folder, env).trim();
  assert.ok(`${version}.`.startsWith(`v${release}.`), `PATH leads to Node.js ${version}, not ${release}`);
  const wirehouse = (...args: string[]) => tryRun("node_modules/.bin/wirehouse", args, folder, env);
  const expectCode = (code: number, ...args: string[]) => {
    const result = wirehouse(...args);
    assert.equal(
      result.code,
      code,
      `wirehouse ${args.join(" ")} on ${version} ended with ${result.code}, not ${code}:\n${result.stdout}${result.stderr}`,
    );
    return result;
  };

  run(node, ["--input-type=module", "--eval", importEverything], folder, env);
  expectCode(0, "--version");
  expectCode(0, "lint");
  assert.match(expectCode(1, "check").stdout, /DRIFT_MISSING/);
  expectCode(0, "generate");
  assert.deepEqual(listOutputs(folder), expectedOutputs);
  const order = readFileSync(join(folder, "gen/shop/order/v1/order_pb.js"), "utf8");
  assert.match(order, /from "@shop\/stock\//, "an import across packages does not go by the package's name");
  expectCode(0, "check");

  linkGenerated(folder);
  writeFileSync(join(folder, "use-generated.js"), useGenerated);
  run(node, ["use-generated.js"], folder, env);

  appendFileSync(join(folder, "gen/shop/order/v1/order_pb.js"), "// by hand\n");
  assert.match(expectCode(1, "check", "--format=github").stdout, /^::error .*DRIFT_EDITED/m);
  expectCode(0, "generate");
  expectCode(0, "check");
  appendFileSync(join(folder, "proto/shop/order/v1/order.proto"), "message badName {}\n");
  assert.match(expectCode(1, "lint").stdout, /badName/);
}

/** Imports every entry of our packages, but for those whose optional peer is not installed. */
const importEverything = `
import { readdirSync, readFileSync } from "node:fs";
const scope = "node_modules/@wirehouse";
for (const name of readdirSync(scope)) {
  const manifest = JSON.parse(readFileSync(scope + "/" + name + "/package.json", "utf8"));
  const optional = Object.keys(manifest.peerDependenciesMeta ?? {});
  for (const entry of Object.keys(manifest.exports)) {
    if (entry.endsWith(".json") || entry.includes("*")) continue;
    try {
      await import("@wirehouse/" + name + entry.slice(1));
    } catch (reason) {
      const isOptional = reason.code === "ERR_MODULE_NOT_FOUND" && optional.some((peer) => reason.message.includes("'" + peer + "'"));
      if (!isOptional) throw reason;
    }
  }
}
`;

function listOutputs(folder: string): string[] {
  return readdirSync(join(folder, "gen"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll("\\", "/"),
    )
    .sort();
}
