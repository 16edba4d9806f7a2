import { spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A server for a shared cache, on this machine. */
export interface SharedCache {
  readonly url: string;
  /** Where it keeps its entries. */
  readonly folder: string;
  /** Environment for a machine that may write. */
  readonly writer: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

const bench = dirname(fileURLToPath(import.meta.url));
const program = join(bench, "../../..", "scripts/interop/serve-nginx.ts");

/** Starts nginx with the configuration of docs/cache.md; `undefined`, and said so, where it is not installed. */
export async function startSharedCache(folder: string): Promise<SharedCache | undefined> {
  const child = spawn(process.execPath, [program, folder], { stdio: ["pipe", "pipe", "inherit"] });
  const closed = once(child, "close");
  for await (const line of createInterface(child.stdout)) {
    return {
      ...(JSON.parse(line) as Omit<SharedCache, "stop">),
      async stop() {
        child.stdin.end();
        await closed;
      },
    };
  }
  return undefined;
}
