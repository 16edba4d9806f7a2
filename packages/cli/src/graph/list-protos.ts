import { type Dirent, readdirSync, realpathSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { systemErrorCode } from "../errors.ts";
import { isWithin } from "../io/files.ts";
import { type Stamp, stampOf } from "../io/stamps.ts";
import type { ProtoModule } from "../workspace/buf-yaml.ts";

/** A .proto file, not yet read. */
export interface ListedSource {
  /** The path it is imported by. */
  readonly path: string;
  /** Relative to the workspace root. */
  readonly file: string;
  /** The root of its module, relative to the workspace root. */
  readonly module: string;
  readonly stamp: Stamp;
}

/** The .proto files of all modules. */
export function listSources(root: string, modules: readonly ProtoModule[]): ListedSource[] {
  return modules.flatMap((module) =>
    listProtos(root, module).flatMap((path) => {
      const file = module.path === "." ? path : `${module.path}/${path}`;
      const stamp = stampOf(join(root, file));
      return stamp === undefined ? [] : [{ path, file, module: module.path, stamp }];
    }),
  );
}

/**
 * The .proto files of a module, by path below it, as buf finds them: hidden and node_modules folders count,
 * and symbolic links are followed. What a link leads to counts once: not where it was met before, in the order of
 * names, and nothing below a link counts that was met before. Links that lead nowhere do not count.
 *
 * Excluded folders are not read, as buf does: that differs only for a folder to which nothing else leads than a
 * link below an excluded folder, which buf then counts as met.
 */
export function listProtos(root: string, module: ProtoModule): string[] {
  const full = (path: string) => (module.path === "." ? path : `${module.path}/${path}`);
  const isExcluded = (path: string) => module.excludes.some((exclude) => isWithin(full(path), exclude));
  const isIncluded = (path: string) =>
    module.includes.length === 0 || module.includes.some((include) => isWithin(full(path), include));
  const base = join(root, module.path);
  const top = resolveLink(base);
  return top?.stats.isDirectory()
    ? new ModuleWalk(isExcluded).run(top.path, top.path !== base).filter(isIncluded)
    : [];
}

class ModuleWalk {
  readonly #isExcluded: (path: string) => boolean;
  readonly #found: string[] = [];
  /** Real paths of all that was met, and of excluded folders, which stand for all that is below them. */
  readonly #met = new Set<string>();
  readonly #skipped: string[] = [];

  constructor(isExcluded: (path: string) => boolean) {
    this.#isExcluded = isExcluded;
  }

  run(base: string, isLinked: boolean): string[] {
    this.#met.add(base);
    this.#enter("", base, isLinked);
    return this.#found;
  }

  /** @param isLinked whether a symbolic link led here */
  #enter(directory: string, real: string, isLinked: boolean): void {
    for (const entry of entriesOf(real)) {
      const path = directory === "" ? entry.name : `${directory}/${entry.name}`;
      const own = `${real}/${entry.name}`;
      if (!entry.isSymbolicLink()) {
        this.#visit(path, own, entry, isLinked);
        continue;
      }
      const target = resolveLink(own);
      if (target !== undefined) {
        this.#visit(path, target.path, target.stats, true);
      }
    }
  }

  #visit(path: string, real: string, kind: Dirent | Stats, isLinked: boolean): void {
    if (isLinked && (this.#met.has(real) || this.#skipped.some((skipped) => isWithin(real, skipped)))) {
      return;
    }
    this.#met.add(real);
    if (kind.isDirectory()) {
      if (this.#isExcluded(path)) {
        this.#skipped.push(real);
      } else {
        this.#enter(path, real, isLinked);
      }
    } else if (kind.isFile() && path.endsWith(".proto") && !this.#isExcluded(path)) {
      this.#found.push(path);
    }
  }
}

function entriesOf(directory: string): Dirent[] {
  return readdirSync(directory, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function resolveLink(path: string): { readonly path: string; readonly stats: Stats } | undefined {
  try {
    const real = realpathSync(path);
    return { path: real, stats: statSync(real) };
  } catch (reason) {
    // A link to nowhere, or one to itself, which the compiler refuses.
    if (["ENOENT", "ENOTDIR", "ELOOP"].includes(systemErrorCode(reason) ?? "")) {
      return undefined;
    }
    throw reason;
  }
}
