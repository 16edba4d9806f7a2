import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { tryRun } from "../packaging/run.ts";
import { findProgram } from "./find-program.ts";
import { type CacheServer, freePort, startServer } from "./server.ts";

/**
 * Starts bazel-remote, which validates every result and whether what it names is there.
 * @returns what is missing, where it cannot be started
 */
export async function startBazelRemote(folder: string): Promise<CacheServer | string> {
  mkdirSync(folder, { recursive: true });
  const program = process.env.BAZEL_REMOTE || findProgram("bazel-remote") || build(folder);
  if (!program.startsWith("/")) {
    return program;
  }
  const url = `http://127.0.0.1:${await freePort()}`;
  const data = join(folder, "data");
  const args = [
    `--dir=${data}`,
    "--max_size=1",
    `--http_address=${new URL(url).host}`,
    "--grpc_address=none",
  ];
  const stop = await startServer(program, args, url, join(folder, "log"));
  return { url, writer: {}, folder: undefined, stop };
}

/** @returns the program's path, or why there is none */
function build(folder: string): string {
  const go = findProgram("go");
  if (go === undefined) {
    return "neither bazel-remote nor go is installed";
  }
  const { code, stderr } = tryRun(go, ["install", "github.com/buchgr/bazel-remote/v2@latest"], folder, {
    ...process.env,
    GOBIN: folder,
  });
  return code === 0
    ? join(folder, "bazel-remote")
    : `it could not be built: ${stderr.trim().split("\n").join(" ")}`;
}
