/**
 * Prevents that the tutorial fails under a newcomer's hands. Follows docs/tutorial.md itself in an empty folder: writes its files,
 * runs its commands, compares what they print. The packages come from this tree, packed, through a registry on loopback; all
 * others from the npm registry.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pack, publishable } from "./packaging/pack.ts";
import { outsideEnvironment } from "./packaging/run.ts";
import { follow } from "./tutorial/follow.ts";
import { readSteps } from "./tutorial/read-steps.ts";
import { serveTarballs } from "./tutorial/registry.ts";

const root = fileURLToPath(new URL("..", import.meta.url)).replace(/[\\/]$/, "");
const page = "docs/tutorial.md";
const work = mkdtempSync(join(tmpdir(), "wirehouse-tutorial-"));
const folders = {
  tarballs: join(work, "tarballs"),
  project: join(work, "project"),
  home: join(work, "home"),
};
try {
  for (const folder of Object.values(folders)) {
    mkdirSync(folder);
  }
  const steps = readSteps(readFileSync(join(root, page), "utf8"));
  const tarballs = publishable(root).map((folder) => pack(root, folder, folders.tarballs));
  const registry = await serveTarballs(tarballs);
  try {
    writeFileSync(
      join(folders.home, "npmrc"),
      `@wirehouse:registry=${registry.url}\naudit=false\nfund=false\n`,
    );
    const env = {
      ...outsideEnvironment(root, join(process.execPath, ".."), join(work, "cache")),
      npm_config_userconfig: join(folders.home, "npmrc"),
      npm_config_update_notifier: "false",
      // What npm thinks of the machine's configuration is not the page's subject.
      npm_config_loglevel: "error",
      NO_COLOR: "1",
    };
    for (const step of steps) {
      const started = performance.now();
      const title = step.kind === "write" ? `write ${step.path}` : `$ ${step.command}`;
      try {
        await follow(step, folders.project, env);
      } catch (reason) {
        console.log(`FAIL  ${page}:${step.line}  ${title}`);
        throw reason;
      }
      console.log(`ok    ${title} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
    }
    if (process.argv.includes("--keep")) {
      console.log(`kept in ${folders.project}`);
    }
  } finally {
    await registry.close();
  }
} catch (reason) {
  console.log(reason instanceof Error ? reason.message : reason);
  process.exitCode = 1;
} finally {
  if (!process.argv.includes("--keep")) {
    rmSync(work, { recursive: true, force: true });
  }
}
