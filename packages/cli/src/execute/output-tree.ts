import { hash } from "node:crypto";
import { lstatSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import type { OutputRecord } from "../cache/state.ts";
import { failure } from "../errors.ts";
import { isWithin, walk } from "../io/files.ts";
import { type Stamp, sameStamp, toStamp } from "../io/stamps.ts";

/** What stands at an output's place. */
export interface ActualFile {
  readonly digest: string;
  readonly stamp: Stamp;
}

/**
 * The output folders as they are on disk. Files are read only where neither the last run nor this one knows
 * their digest.
 */
export class OutputTree {
  readonly #root: string;
  readonly #records: Readonly<Record<string, OutputRecord>>;
  readonly #known = new Map<string, ActualFile | undefined>();
  #hashed = 0;

  constructor(root: string, records: Readonly<Record<string, OutputRecord>>) {
    this.#root = root;
    this.#records = records;
  }

  /** `undefined` where there is nothing, or something that is no regular file. */
  file(path: string): ActualFile | undefined {
    if (this.#known.has(path)) {
      return this.#known.get(path);
    }
    const found = this.#look(path);
    this.#known.set(path, found);
    return found;
  }

  /** How many files had to be read for their digest. */
  get hashed(): number {
    return this.#hashed;
  }

  /**
   * All paths below the output folders, relative to the root. What a package manager links into the packages
   * among them (node_modules) is not theirs.
   */
  list(outs: readonly string[]): string[] {
    const tops = outs.filter((out) => !outs.some((other) => other !== out && isWithin(out, other)));
    return [...new Set(tops)].flatMap((out) =>
      walk(join(this.#root, out), isNodeModules).map(({ path }) => `${out}/${path}`),
    );
  }

  /** Forgets what is known of a path that has been written or removed. */
  forget(path: string): void {
    this.#known.delete(path);
  }

  read(path: string): Buffer {
    return readFileSync(join(this.#root, path));
  }

  /**
   * Refuses an output folder, or a path below it, that leads somewhere else through a symbolic link.
   * @throws WirehouseError OUTPUT
   */
  refuseLinks(paths: Iterable<string>): void {
    const checked = new Set<string>();
    for (const path of paths) {
      for (let folder = dirname(path); folder !== "." && !checked.has(folder); folder = dirname(folder)) {
        checked.add(folder);
        const absolute = join(this.#root, folder);
        if (lstatSync(absolute, { throwIfNoEntry: false })?.isSymbolicLink()) {
          const target = relative(this.#root, realpathSync(absolute)).split(sep).join("/");
          throw failure(
            "OUTPUT",
            `${folder} is a symbolic link to ${target}: nothing is written through it`,
            {
              path: folder,
              help: "replace the link by a folder, or name the folder it leads to as `out`",
            },
          );
        }
      }
    }
  }

  #look(path: string): ActualFile | undefined {
    const absolute = join(this.#root, path);
    const stats = lstatSync(absolute, { throwIfNoEntry: false });
    if (stats === undefined || !stats.isFile()) {
      return undefined;
    }
    const stamp = toStamp(stats);
    const record = this.#records[path];
    if (record?.stamp !== undefined && sameStamp(record.stamp, stamp)) {
      return { digest: record.digest, stamp };
    }
    this.#hashed++;
    return { digest: hash("sha256", readFileSync(absolute)), stamp };
  }
}

function isNodeModules(folder: string): boolean {
  return folder === "node_modules" || folder.endsWith("/node_modules");
}
