/**
 * Prevents that a shared cache is measured against a server that no team would run: nginx, as docs/cache.md has it, for
 * programs outside of scripts/.
 *
 *   node scripts/interop/serve-nginx.ts FOLDER
 *
 * Prints one line of JSON when it answers, with `url`, `folder` and `writer` (environment of a machine that may write),
 * and ends with its standard input. Exit code 1 where nginx is missing.
 */
import { once } from "node:events";
import { startNginx } from "./nginx.ts";

const server = await startNginx(process.argv[2] ?? ".");
if (typeof server === "string") {
  console.error(`nginx: ${server}`);
  process.exitCode = 1;
} else {
  const { url, folder, writer } = server;
  console.log(JSON.stringify({ url, folder, writer }));
  process.stdin.resume();
  await once(process.stdin, "end");
  await server.stop();
}
