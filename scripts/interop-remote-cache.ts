/**
 * Prevents that the remote cache works only with the server that our tests made up: a result that a real server
 * refuses, an upload that its limits or its DAV module reject, an answer that we read differently.
 *
 *   pnpm interop:remote-cache
 *
 * Runs `wirehouse generate` on copies of this repository's protos, each with a cache of its own as on another machine,
 * against nginx, configured as docs/cache.md says, and against bazel-remote, which validates every result. The second
 * machine must run nothing and get the same tree; then the servers refuse, hold damaged entries, and go away.
 *
 * nginx is required, and installed only in CI by root; bazel-remote is taken from BAZEL_REMOTE or PATH, else built
 * through the Go module proxy, else left out and said so.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBazelRemote } from "./interop/bazel-remote.ts";
import { Machines } from "./interop/machines.ts";
import { startNginx } from "./interop/nginx.ts";
import type { CacheServer } from "./interop/server.ts";

const work = mkdtempSync(join(tmpdir(), "wirehouse-interop-"));
let failed = 0;
try {
  await tryServer("nginx", () => startNginx(join(work, "nginx")));
  await tryServer("bazel-remote", () => startBazelRemote(join(work, "bazel-remote")));
} finally {
  rmSync(work, { recursive: true, force: true });
}
process.exitCode = failed === 0 ? 0 : 1;

async function tryServer(name: string, start: () => Promise<CacheServer | string>): Promise<void> {
  const server = await start();
  if (typeof server === "string") {
    const isRequired = name === "nginx";
    failed += isRequired ? 1 : 0;
    console.log(`${isRequired ? "FAILED" : "skipped"} ${name}: ${server}`);
    return;
  }
  const machines = new Machines(join(work, `${name}-machines`), server);
  try {
    attempt(`${name}: a first machine makes and uploads`, () => machines.fill());
    attempt(`${name}: a second machine runs nothing and gets the same tree`, () => machines.reuse());
    attempt(`${name}: an upload without credentials is refused, with one warning`, () => machines.refused());
    attempt(`${name}: damaged entries are noticed and made again`, () => machines.damaged());
    await server.stop();
    attempt(`${name}: a server that is gone costs one warning`, () => machines.gone());
  } finally {
    await server.stop();
  }
}

function attempt(title: string, check: () => string): void {
  try {
    console.log(`ok      ${title} (${check()})`);
  } catch (reason) {
    failed++;
    console.log(`FAILED  ${title}\n${reason instanceof Error ? reason.message : reason}`);
  }
}
