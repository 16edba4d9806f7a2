// Runs the client side in a real Chromium against real servers, with expired tokens. Not part of `pnpm test`, since it needs
// a browser. Prevents: a `node:` import, a Node global or a fetch option in the client path that only Node understands.
// Run: pnpm --filter @wirehouse/interceptors test:browser
import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { bearerAuthorizer, startConnectEchoServer, startIdentityProvider } from "@wirehouse/testkit";
import { rolldown } from "rolldown";

const limitMs = 60_000;
const chromium = findChromium();
if (chromium === undefined) {
  console.error(
    "MISSING: Chromium. This test ran nothing.\n" +
      "Install it (Debian: apt-get install chromium) or name its binary in CHROMIUM_PATH, and run this again.",
  );
  process.exit(1);
}
process.exitCode = await run(chromium);

async function run(binary: string): Promise<number> {
  const script = await bundle();
  await using idp = await startIdentityProvider();
  await using echo = await startConnectEchoServer({ httpVersion: "1.1", authorize: bearerAuthorizer(idp) });
  const result = Promise.withResolvers<string>();
  const harness = createServer((request, response) => {
    serve(request, response).catch(result.reject);
  });
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    switch (request.url) {
      case "/":
        response.setHeader("content-type", "text/html").end('<script type="module" src="/page.js"></script>');
        break;
      case "/page.js":
        response.setHeader("content-type", "text/javascript").end(script);
        break;
      case "/settings":
        response.end(JSON.stringify({ server: echo.url, endpoint: idp.loginEndpoint }));
        break;
      case "/expire":
        idp.expireTokens();
        response.end();
        break;
      case "/result":
        result.resolve(Buffer.concat(await request.toArray()).toString());
        response.end();
        break;
      default:
        response.writeHead(404).end();
    }
  };
  await new Promise<void>((resolve) => harness.listen(0, "127.0.0.1", resolve));
  const address = harness.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const profile = await mkdtemp(join(tmpdir(), "wirehouse-chromium-"));
  const flags = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
  ];
  const browser = spawn(binary, [...flags, `--user-data-dir=${profile}`, `http://127.0.0.1:${port}/`], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const closed = new Promise<void>((resolve) => browser.once("close", () => resolve()));
  let log = "";
  browser.stderr.on("data", (piece: Buffer) => {
    log += piece.toString();
  });
  browser.once("error", result.reject);
  browser.once("exit", (code) =>
    result.reject(new Error(`Chromium ended with ${code} before the page was done\n${log}`)),
  );
  const timer = setTimeout(() => result.reject(new Error(`no result within ${limitMs} ms\n${log}`)), limitMs);
  try {
    return report(JSON.parse(await result.promise), await versionOf(binary));
  } finally {
    clearTimeout(timer);
    browser.kill("SIGKILL");
    await closed;
    harness.closeAllConnections();
    harness.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

function report(lines: { name: string; got: unknown; expected: unknown }[], version: string): number {
  let failed = 0;
  for (const { name, got, expected } of lines) {
    const ok = isDeepStrictEqual(got, expected);
    failed += ok ? 0 : 1;
    console.log(
      `${ok ? "ok  " : "FAIL"} ${name}${ok ? "" : `: got ${JSON.stringify(got)}, not ${JSON.stringify(expected)}`}`,
    );
  }
  console.log(`${version}: ${lines.length - failed} passed, ${failed} failed`);
  return failed === 0 && lines.length > 0 ? 0 : 1;
}

/** Resolves for a browser: a `node:` import in the client path fails here. */
async function bundle(): Promise<string> {
  const build = await rolldown({
    input: join(import.meta.dirname, "page.ts"),
    platform: "browser",
    onLog(level, log) {
      if (level === "warn") {
        throw new Error(log.message);
      }
    },
  });
  const { output } = await build.generate({ format: "esm" });
  await build.close();
  const [chunk] = output;
  if (/from\s*["']node:|import\s*["']node:/.test(chunk.code)) {
    throw new Error("the bundle for the browser imports a node: module");
  }
  return chunk.code;
}

function findChromium(): string | undefined {
  const named = process.env.CHROMIUM_PATH;
  const folders = (process.env.PATH ?? "").split(delimiter);
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const candidates =
    named === undefined ? folders.flatMap((folder) => names.map((name) => join(folder, name))) : [named];
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

async function versionOf(binary: string): Promise<string> {
  const child = spawn(binary, ["--version"], { stdio: ["ignore", "pipe", "ignore"] });
  return Buffer.concat(await child.stdout.toArray())
    .toString()
    .trim();
}
