/**
 * Prevents that a package works here and not where it is installed: a file that `files` leaves out, an export or a
 * worker that exists in src/ only, a dependency that only the workspace has, syntax that the oldest supported Node.js
 * does not read, types that do not resolve, tests in the tarball.
 *
 * Packs every publishable package as it would be published, checks the tarballs (publint, attw, and their files), then
 * installs them with npm into an empty project outside the workspace and uses them there, on the Node.js that is pinned
 * and on the oldest one supported.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkTarball } from "./packaging/check-tarball.ts";
import { pack, publishable } from "./packaging/pack.ts";
import { outsideEnvironment, run } from "./packaging/run.ts";
import { tryInstalled } from "./packaging/try-installed.ts";
import { tryPolicy } from "./packaging/try-policy.ts";
import { tryServer } from "./packaging/try-server.ts";

/** The oldest release that `engines` of the packages allows: what a later one of its line has may be missing. */
const oldestNode = "22.0.0";

const root = fileURLToPath(new URL("..", import.meta.url)).replace(/[\\/]$/, "");
const work = mkdtempSync(join(tmpdir(), "wirehouse-packaging-"));
let failed = 0;
try {
  main();
} finally {
  rmSync(work, { recursive: true, force: true });
}
process.exitCode = failed === 0 ? 0 : 1;

function main(): void {
  const tarballs: string[] = [];
  for (const folder of publishable(root)) {
    const tarball = attempt(`${folder}: pack`, () => pack(root, folder, work));
    if (tarball !== undefined) {
      tarballs.push(tarball);
      attempt(`${folder}: files and manifest`, () => {
        // Of a generated package the tool writes every file, and a page about it is not among them.
        const problems = checkTarball(tarball, root, folder.startsWith("gen/") ? [] : ["package/README.md"]);
        if (problems.length > 0) {
          throw new Error(problems.join("\n"));
        }
      });
      attempt(`${folder}: publint`, () => run(bin("publint"), ["run", tarball, "--strict"], root));
      // Every package is ES modules only, by design; a require() of one works on each supported Node.js.
      attempt(`${folder}: attw`, () => run(bin("attw"), [tarball, "--profile", "esm-only"], root));
    }
  }
  if (failed > 0) {
    return;
  }
  const installed = attempt("install with npm, outside the workspace", () => install(tarballs));
  if (installed === undefined) {
    return;
  }
  const [pinned = ""] = process.versions.node.split(".");
  attempt(`use on Node.js ${pinned}`, () =>
    tryInstalled(root, installed, join(work, "use"), process.execPath, pinned),
  );
  attempt(`state policies on Node.js ${pinned}`, () =>
    tryPolicy(root, installed, join(work, "policy"), process.execPath),
  );
  attempt(`serve and call on Node.js ${pinned}`, () =>
    tryServer(root, installed, join(work, "server"), process.execPath),
  );
  const oldest = attempt(`Node.js ${oldestNode} from npm`, installOldestNode);
  if (oldest !== undefined) {
    attempt(`use on Node.js ${oldestNode}`, () =>
      tryInstalled(root, installed, join(work, `use-${oldestNode}`), oldest, oldestNode),
    );
    attempt(`state policies on Node.js ${oldestNode}`, () =>
      tryPolicy(root, installed, join(work, `policy-${oldestNode}`), oldest),
    );
    attempt(`serve and call on Node.js ${oldestNode}`, () =>
      tryServer(root, installed, join(work, `server-${oldestNode}`), oldest),
    );
  }
}

function attempt<Result>(title: string, action: () => Result): Result | undefined {
  const started = performance.now();
  try {
    const result = action();
    console.log(`ok    ${title} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
    return result;
  } catch (reason) {
    failed++;
    console.log(`FAIL  ${title}\n${reason instanceof Error ? reason.message : reason}`);
    return undefined;
  }
}

/** A project with nothing in it but the tarballs, and the plugin and runtime that a user would add. */
function install(tarballs: readonly string[]): string {
  const { devDependencies } = readJson(join(root, "package.json")) as {
    devDependencies: Record<string, string>;
  };
  const used = ["@bufbuild/protobuf", "@bufbuild/protoc-gen-es", "@bufbuild/protovalidate"];
  const beside = used.map((name) => {
    const { version } = readJson(join(root, "node_modules", name, "package.json")) as { version: string };
    return devDependencies[name] === undefined ? name : `${name}@${version}`;
  });
  return npmInstall("install", [...tarballs, ...beside]);
}

function installOldestNode(): string {
  // The package that carries the program; `node` itself only links it, in an install script.
  const prefix = process.platform === "darwin" && process.arch === "arm64" ? "node-bin" : "node";
  const carrier = `${prefix}-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  const folder = npmInstall("node", [`${carrier}@${oldestNode}`]);
  return join(folder, "node_modules", carrier, "bin", process.platform === "win32" ? "node.exe" : "node");
}

function npmInstall(name: string, packages: readonly string[]): string {
  const folder = join(work, name);
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  const env = outsideEnvironment(root, join(process.execPath, ".."), join(work, "cache"));
  run("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", ...packages], folder, env);
  return folder;
}

function bin(name: string): string {
  return join(root, "node_modules/.bin", name);
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, "utf8"));
}
