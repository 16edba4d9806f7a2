import { type Stats, statSync } from "node:fs";

/**
 * What the file system says of a file without reading it. Two equal stamps of one path mean equal bytes,
 * provided the first was settled when it was taken.
 */
export type Stamp = readonly [size: number, mtimeMs: number, ctimeMs: number, inode: number];

/** @returns undefined where there is no such file */
export function stampOf(path: string): Stamp | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isFile() ? toStamp(stats) : undefined;
}

export function toStamp(stats: Stats): Stamp {
  return [stats.size, stats.mtimeMs, stats.ctimeMs, stats.ino];
}

export function sameStamp(a: Stamp | undefined, b: Stamp | undefined): boolean {
  return (
    a !== undefined && b !== undefined && a[0] === b[0] && a[1] === b[1] && a[2] === b[2] && a[3] === b[3]
  );
}

/**
 * Whether a later write is sure to change the stamp. A file written within one tick of the file system's clock
 * before `now` could be written again with the same stamp (git calls such entries racy), so it is read again
 * next time. A clock of whole seconds is taken to tick in two seconds, as FAT does.
 */
export function isSettled(stamp: Stamp, now: number): boolean {
  const latest = Math.max(stamp[1], stamp[2]);
  const tick = latest % 1000 === 0 ? 2000 : 50;
  return latest + tick < now;
}
