import { readFileSync, rmSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { systemErrorCode } from "../errors.ts";
import { walk } from "../io/files.ts";
import { temporarySuffix, writeFileAtomic } from "../io/write-file.ts";
import { decodeEntry, encodeEntry, type OutputFile } from "./entry.ts";

/** Where outputs are kept by the key of the unit that produced them. */
export interface OutputCache {
  /** The outputs kept under the key; `undefined` where there are none, or where they were damaged. */
  get(key: string): OutputFile[] | undefined;
  put(key: string, files: readonly OutputFile[]): void;
}

export const noCache: OutputCache = { get: () => undefined, put: () => {} };

export interface CacheStats {
  readonly entries: number;
  readonly bytes: number;
}

const hourMs = 3_600_000;

/**
 * A cache in a folder, one file an entry. Writers and readers of several processes need no lock: entries
 * appear whole, by a rename, and two writers of a key write the same. Failing to keep something is no failure
 * of the run: it is told once to `warn`.
 */
export class LocalCache implements OutputCache {
  readonly #directory: string;
  readonly #maxBytes: number;
  readonly #warn: (message: string) => void;
  readonly #now: () => number;
  #written = 0;
  #broken = false;

  constructor(
    directory: string,
    options: { maxBytes: number; warn?: (message: string) => void; now?: () => number },
  ) {
    this.#directory = join(directory, "outputs-1");
    this.#maxBytes = options.maxBytes;
    this.#warn = options.warn ?? (() => {});
    this.#now = options.now ?? Date.now;
  }

  get(key: string): OutputFile[] | undefined {
    const path = this.#path(key);
    let bytes: Buffer;
    try {
      bytes = readFileSync(path);
    } catch (reason) {
      if (systemErrorCode(reason) !== "ENOENT") {
        this.#giveUp(reason);
      }
      return undefined;
    }
    const files = decodeEntry(bytes);
    if (files === undefined) {
      this.#warn(`the cache entry ${path} was damaged and is made again`);
      rmSync(path, { force: true });
      return undefined;
    }
    this.#touch(path);
    return files;
  }

  put(key: string, files: readonly OutputFile[]): void {
    if (this.#broken) {
      return;
    }
    try {
      const bytes = encodeEntry(files);
      writeFileAtomic(this.#path(key), bytes);
      this.#written += bytes.length;
    } catch (reason) {
      this.#giveUp(reason);
    }
  }

  stats(): CacheStats {
    const entries = this.#entries();
    return { entries: entries.length, bytes: entries.reduce((sum, entry) => sum + entry.size, 0) };
  }

  /** Removes the least recently used entries until the rest fits the limit. Cheap when nothing was written. */
  evict(force = false): CacheStats {
    if (this.#written === 0 && !force) {
      return { entries: 0, bytes: 0 };
    }
    const entries = this.#entries().sort((a, b) => a.usedMs - b.usedMs);
    let total = entries.reduce((sum, entry) => sum + entry.size, 0);
    const removed = { entries: 0, bytes: 0 };
    for (const entry of entries) {
      if (total <= this.#maxBytes) {
        break;
      }
      rmSync(entry.path, { force: true });
      total -= entry.size;
      removed.entries++;
      removed.bytes += entry.size;
    }
    return removed;
  }

  clear(): CacheStats {
    const stats = this.stats();
    rmSync(this.#directory, { recursive: true, force: true });
    return stats;
  }

  #entries() {
    return walk(this.#directory).flatMap(({ path }) => {
      const absolute = join(this.#directory, path);
      const stats = statSync(absolute, { throwIfNoEntry: false });
      if (stats !== undefined && path.endsWith(temporarySuffix)) {
        this.#removeAbandoned(absolute, stats.mtimeMs);
        return [];
      }
      return stats === undefined ? [] : [{ path: absolute, size: stats.size, usedMs: stats.mtimeMs }];
    });
  }

  /** A file that a killed process was writing. One that is an hour old is written by nobody any more. */
  #removeAbandoned(path: string, writtenMs: number): void {
    if (this.#now() - writtenMs > hourMs) {
      rmSync(path, { force: true });
    }
  }

  /** The time of last use is the file's mtime, kept to the hour so that a warm run writes next to nothing. */
  #touch(path: string): void {
    const stats = statSync(path, { throwIfNoEntry: false });
    const now = this.#now();
    if (stats !== undefined && now - stats.mtimeMs > hourMs) {
      try {
        utimesSync(path, now / 1000, now / 1000);
      } catch {
        // A cache that this user may only read works all the same.
      }
    }
  }

  #giveUp(reason: unknown): void {
    if (!this.#broken) {
      this.#broken = true;
      this.#warn(
        `the cache in ${this.#directory} cannot be used: ${systemErrorCode(reason) ?? String(reason)}`,
      );
    }
  }

  #path(key: string): string {
    return join(this.#directory, key.slice(0, 2), key);
  }
}
