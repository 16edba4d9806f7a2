import { hash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import type { OutputRecord } from "../cache/state.ts";
import { failure } from "../errors.ts";
import { statsAt } from "../io/files.ts";
import { type Stamp, sameStamp, toStamp } from "../io/stamps.ts";
import type { Survey } from "./survey.ts";

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
  readonly #stamps: Survey["outputs"];
  readonly #records: Readonly<Record<string, OutputRecord>>;
  readonly #known = new Map<string, ActualFile | undefined>();
  #hashed = 0;

  constructor(root: string, stamps: Survey["outputs"], records: Readonly<Record<string, OutputRecord>>) {
    this.#root = root;
    this.#stamps = stamps;
    this.#records = records;
  }

  /** All paths below the output folders, relative to the root. */
  get paths(): string[] {
    return [...this.#stamps.keys()];
  }

  /** How many files had to be read for their digest. */
  get hashed(): number {
    return this.#hashed;
  }

  /** `undefined` where there is nothing, or something that is no regular file. */
  file(path: string): ActualFile | undefined {
    const known = this.#known.get(path);
    if (known !== undefined) {
      return known;
    }
    const stamp = this.#stamps.get(path);
    if (stamp === undefined) {
      return undefined;
    }
    const file = { stamp, digest: this.#digest(path, stamp) };
    this.#known.set(path, file);
    return file;
  }

  /** The stamp of a path as it is now, where {@link file} has it from before this run wrote. */
  freshStamp(path: string): Stamp | undefined {
    const stats = statsAt(join(this.#root, path));
    return stats?.isFile() ? toStamp(stats) : undefined;
  }

  /** The digest of a file anywhere in the workspace as it is now; `undefined` where there is no regular file. */
  digestNow(path: string): string | undefined {
    return this.freshStamp(path) && hash("sha256", this.read(path));
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
        if (statsAt(absolute)?.isSymbolicLink()) {
          const target = readlinkSync(absolute).split(sep).join("/");
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

  #digest(path: string, stamp: Stamp): string {
    const record = this.#records[path];
    if (record?.stamp !== undefined && sameStamp(record.stamp, stamp)) {
      return record.digest;
    }
    this.#hashed++;
    return hash("sha256", readFileSync(join(this.#root, path)));
  }
}
