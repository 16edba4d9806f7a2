import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readCodeBlocks } from "../docs/markdown.ts";
import { run } from "../packaging/run.ts";
import { findProgram } from "./find-program.ts";
import { type CacheServer, freePort, startServer } from "./server.ts";

const user = "ci";
const password = "not a secret";

/**
 * Starts nginx with the server of docs/cache.md, on a port of its own and without TLS.
 * @returns what is missing, where it cannot be started
 */
export async function startNginx(folder: string): Promise<CacheServer | string> {
  const nginx = findProgram("nginx") ?? install();
  if (nginx === undefined) {
    return "it is not installed: apt-get install nginx";
  }
  const root = join(folder, "root");
  mkdirSync(join(root, "tmp"), { recursive: true });
  const passwords = join(folder, "htpasswd");
  writeFileSync(passwords, `${user}:{PLAIN}${password}\n`);
  const url = `http://127.0.0.1:${await freePort()}`;
  const server = documented()
    .replace("listen 443 ssl;", `listen ${new URL(url).host};`)
    .replace(/^ *(ssl_|server_name).*$/gm, "")
    .replaceAll("/var/cache/wirehouse", root)
    .replace("/etc/nginx/wirehouse.htpasswd", passwords);
  const config = join(folder, "nginx.conf");
  const others = ["proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder}/${name};`);
  writeFileSync(
    config,
    `${process.getuid?.() === 0 ? "user root;" : ""}
daemon off;
pid ${folder}/pid;
error_log stderr;
events {}
http {
  access_log off;
  ${others.join("\n  ")}
${server}
}
`,
  );
  const stop = await startServer(nginx, ["-c", config, "-e", "stderr"], url, join(folder, "log"));
  const writer = { WIREHOUSE_REMOTE_CACHE_USER: user, WIREHOUSE_REMOTE_CACHE_PASSWORD: password };
  return { url, writer, folder: root, stop };
}

/** The configuration that users are told to write. */
function documented(): string {
  const page = fileURLToPath(new URL("../../docs/cache.md", import.meta.url));
  const block = readCodeBlocks(readFileSync(page, "utf8")).find(({ language }) => language === "nginx");
  if (block === undefined) {
    throw new Error("docs/cache.md has no nginx configuration");
  }
  return block.text;
}

/** Nothing is installed on a machine that is somebody's. */
function install(): string | undefined {
  if (process.env.CI !== "true" || process.getuid?.() !== 0 || findProgram("apt-get") === undefined) {
    return undefined;
  }
  run("apt-get", ["update"], "/");
  run("apt-get", ["install", "-y", "--no-install-recommends", "nginx"], "/");
  return findProgram("nginx");
}
