/**
 * Runs the checks that take minutes, as CI does. Prevents what a short run can miss: a cache key that leaves
 * something out, which shows only in some histories of edits.
 *
 *   pnpm test:long [histories]
 *
 * Two processes share the histories, since each keeps one core busy. Every commit has histories of its own, and
 * the same ones each time. A failure prints the seed;
 * `WIREHOUSE_EXACTNESS_SEED=… pnpm vitest run packages/cli/src/exactness` replays it.
 */
import { execFileSync, spawn } from "node:child_process";

const histories = Number(process.argv[2] ?? 1000);
const processes = 2;
const commit = execFileSync("git", ["rev-parse", "HEAD"], { encoding: "utf8" });
const base = Number.parseInt(commit.slice(0, 6), 16);

const codes = await Promise.all(
  Array.from({ length: processes }, (_, index) => runShard(base + index, Math.ceil(histories / processes))),
);
process.exitCode = codes.every((code) => code === 0) ? 0 : 1;

function runShard(seed: number, runs: number): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn("vitest", ["run", "packages/cli/src/exactness"], {
      stdio: "inherit",
      env: {
        ...process.env,
        WIREHOUSE_EXACTNESS_RUNS: String(runs),
        WIREHOUSE_EXACTNESS_SEED: String(seed),
      },
    });
    child.on("close", (code) => resolve(code ?? 1));
  });
}
