import { lstatSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { WirehouseError } from "../errors.ts";
import { walk } from "../io/files.ts";
import { toStamp } from "../io/stamps.ts";

/** Size, times and inode of everything below a folder: what reading leaves as it is. */
export function stampsOf(root: string): Record<string, readonly number[]> {
  return Object.fromEntries(
    walk(root, (path) => path === "node_modules").map(({ path }) => [
      path,
      toStamp(lstatSync(join(root, path))),
    ]),
  );
}

/** Runs what is to fail, and proves that it wrote and deleted nothing. */
export async function refusalOf(root: string, run: () => Promise<unknown>): Promise<WirehouseError> {
  const before = stampsOf(root);
  const outcome = await run().then(
    () => "it did not fail",
    (reason: unknown) => reason,
  );
  if (!(outcome instanceof WirehouseError)) {
    throw outcome instanceof Error ? outcome : new Error(String(outcome));
  }
  expect(stampsOf(root)).toEqual(before);
  return outcome;
}
