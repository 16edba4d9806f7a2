import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { systemErrorCode } from "../errors.ts";
import { isWithin } from "../io/files.ts";
import type { GenerateWorkspace } from "../workspace/workspace.ts";

/** Which entries of a folder matter to a watcher. */
export type Interest = "protos" | ReadonlySet<string>;

/** Files of the root that a run depends on. A lock file changes when a plugin is installed. */
const rootFiles = [
  "buf.yaml",
  "buf.gen.yaml",
  "wirehouse.yaml",
  "buf.lock",
  "package.json",
  "pnpm-lock.yaml",
  "package-lock.json",
  "npm-shrinkwrap.json",
  "yarn.lock",
  "bun.lock",
];

/** What package managers write when an installation is complete. */
const installed = new Set([".modules.yaml", ".package-lock.json", ".yarn-state.yml", ".yarn-integrity"]);

/**
 * The folders whose entries a run depends on, by absolute path: those of the modules, that of the configuration, and
 * where git and package managers tell that they have done their work. Output folders are not among them.
 *
 * @param workspace `undefined` while the configuration is wrong
 * @param before what was watched until now: kept while the configuration is wrong
 */
export function watchedFolders(
  root: string,
  workspace: GenerateWorkspace | undefined,
  before: ReadonlyMap<string, Interest> = new Map(),
): ReadonlyMap<string, Interest> {
  const folders = new Map<string, Interest>(workspace === undefined ? before : []);
  const names = (folder: string, more: Iterable<string>) => {
    const known = folders.get(folder);
    if (known !== "protos") {
      folders.set(folder, new Set([...(known ?? []), ...more]));
    }
  };
  names(root, rootFiles);
  names(join(root, "node_modules"), installed);
  const git = gitDirectory(root);
  if (git !== undefined) {
    // Written last when git changes branches.
    names(git, ["HEAD"]);
  }
  if (workspace !== undefined) {
    const skipped = outputFolders(workspace);
    for (const module of workspace.buf.modules) {
      const top = join(root, module.path);
      // A module that is not there yet appears in one of these.
      for (let path = module.path; path !== "."; path = dirname(path)) {
        names(join(root, dirname(path)), [path.slice(path.lastIndexOf("/") + 1)]);
      }
      collect(top, [...skipped, ...module.excludes.map((path) => join(root, path))], folders);
    }
  }
  return folders;
}

function outputFolders({ root, gen, wirehouse }: GenerateWorkspace): string[] {
  return [...gen.plugins, ...wirehouse.rules.map((rule) => rule.plugin)].map(({ out }) => join(root, out));
}

/** All folders below `top`, also those that symbolic links lead to. */
function collect(top: string, skipped: readonly string[], folders: Map<string, Interest>): void {
  const stack = [top];
  for (let folder = stack.pop(); folder !== undefined; folder = stack.pop()) {
    const real = realFolder(folder);
    if (
      real === undefined ||
      folders.get(real) === "protos" ||
      [folder, real].some((path) => skipped.some((skip) => isWithin(path, skip)))
    ) {
      continue;
    }
    folders.set(real, "protos");
    for (const entry of entriesOf(real)) {
      const path = join(real, entry.name);
      if (entry.isDirectory()) {
        if (entry.name !== "node_modules" && entry.name !== ".git") {
          stack.push(path);
        }
      } else if (entry.isSymbolicLink()) {
        stack.push(...behindLink(path));
      }
    }
  }
}

/** The folder that a link leads to, or that of the .proto file that it leads to. */
function behindLink(path: string): string[] {
  try {
    const real = realpathSync(path);
    return statSync(real).isDirectory() ? [real] : path.endsWith(".proto") ? [dirname(real)] : [];
  } catch {
    return []; // To nowhere.
  }
}

function realFolder(path: string): string | undefined {
  try {
    const real = realpathSync(path);
    return statSync(real).isDirectory() ? real : undefined;
  } catch {
    return undefined; // Deleted meanwhile, or not there yet.
  }
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (reason) {
    if (["ENOENT", "ENOTDIR", "EACCES"].includes(systemErrorCode(reason) ?? "")) {
      return [];
    }
    throw reason;
  }
}

/** Where git keeps the HEAD of this checkout; in a linked worktree a file says where. */
function gitDirectory(root: string): string | undefined {
  const path = join(root, ".git");
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isFile()) {
    const target = /^gitdir: (.+)$/m.exec(readFileSync(path, "utf8"))?.[1];
    return target && resolve(root, target);
  }
  return stats?.isDirectory() ? path : undefined;
}

/**
 * Whether an event in a watched folder can matter to a run.
 * @param name `undefined` where the system does not say
 * @param isFolder whether the entry is, or was when it was last looked at, a folder or a link to one
 */
export function matters(
  interest: Interest | undefined,
  name: string | undefined,
  isFolder: boolean,
): boolean {
  if (interest === undefined || name === undefined) {
    return true;
  }
  return interest === "protos" ? name.endsWith(".proto") || isFolder : interest.has(name);
}
