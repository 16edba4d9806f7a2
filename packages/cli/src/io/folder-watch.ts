import { type FSWatcher, statSync, watch } from "node:fs";
import { basename } from "node:path";
import { systemErrorCode } from "../errors.ts";

/** Told that something happened to an entry of a watched folder; `undefined` where the system does not say which. */
export type OnFolderEvent = (folder: string, name: string | undefined) => void;

/**
 * Watches a set of folders, not what is below them. One watch a folder and none a file: a file that is replaced
 * by a rename stays watched, and thousands of files cost no more than their folders.
 */
export class FolderWatch {
  readonly #onEvent: OnFolderEvent;
  readonly #watchers = new Map<string, { readonly watcher: FSWatcher; readonly inode: number }>();

  constructor(onEvent: OnFolderEvent) {
    this.#onEvent = onEvent;
  }

  /** The folders that are watched. */
  get folders(): string[] {
    return [...this.#watchers.keys()];
  }

  has(folder: string): boolean {
    return this.#watchers.has(folder);
  }

  /**
   * Watches exactly these folders, from when this returns. One that is gone, or was replaced by another under its
   * name, is let go of; one that does not exist is left out.
   * @returns the code of the system's refusal, as `ENOSPC` for too many watches: some folders are not watched then
   */
  set(folders: ReadonlySet<string>): string | undefined {
    for (const folder of this.#watchers.keys()) {
      if (!folders.has(folder)) {
        this.#drop(folder);
      }
    }
    let refusal: string | undefined;
    for (const folder of folders) {
      refusal = this.#add(folder) ?? refusal;
    }
    return refusal;
  }

  close(): void {
    for (const folder of this.folders) {
      this.#drop(folder);
    }
  }

  #add(folder: string): string | undefined {
    const inode = statSync(folder, { throwIfNoEntry: false })?.ino;
    if (inode === this.#watchers.get(folder)?.inode) {
      return undefined;
    }
    this.#drop(folder);
    try {
      const watcher = watch(folder, (_kind, name) => {
        if (name === basename(folder)) {
          // The folder itself may be gone, and its inode given to its successor: watch it anew.
          this.#drop(folder);
        }
        this.#onEvent(folder, name ?? undefined);
      });
      watcher.on("error", () => {
        this.#drop(folder);
        this.#onEvent(folder, undefined);
      });
      this.#watchers.set(folder, { watcher, inode: inode ?? 0 });
      return undefined;
    } catch (reason) {
      const code = systemErrorCode(reason);
      return code === "ENOENT" || code === "ENOTDIR" ? undefined : code;
    }
  }

  #drop(folder: string): void {
    this.#watchers.get(folder)?.watcher.close();
    this.#watchers.delete(folder);
  }
}
