import { readFileSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { run, testFolder } from "./testing/run-program.ts";

const args = ["--no-generate", "--port", "0"];
/** Eight processes one after the other: a machine that does other things as well takes a while. */
const timeout = 180_000;

/** Whether the process is there, as something other than a zombie. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== "linux" || !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** The processes that a start has under it. */
function childrenOf(pid: number | undefined): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number);
}

async function isAnswering(url: string): Promise<boolean> {
  return await fetch(url, { signal: AbortSignal.timeout(2000) }).then(
    () => true,
    () => false,
  );
}

it("starts, does what it says to try, stops on Ctrl-C with nothing left, and finds its data again", {
  timeout,
}, async () => {
  const { dataDir, env } = await testFolder();
  const first = run({ program: "start.ts", args }, env);
  await first.seen("ready in");
  await expect.poll(() => first.output.stdout).toContain("Ctrl-C");
  const { stdout } = first.output;
  const commands = [...stdout.matchAll(/^ {2}# .*\n {2}(.+)$/gm)].map(([, line = ""]) => line);
  expect(commands.length).toBe(3);
  const [curl = "", client = "", page = ""] = commands;
  const [listed, curled] = [run({ line: client }, env), run({ line: curl }, env)];
  expect([await listed.ended, listed.output.stderr]).toEqual([0, expect.not.stringContaining("error")]);
  expect(listed.output.stdout).toContain("published       115 B  Welcome");
  expect([await curled.ended, curled.output.stderr]).toEqual([0, expect.not.stringContaining("error")]);
  const answer = JSON.parse(curled.output.stdout) as { documents: { title: string }[] };
  expect(answer.documents.map(({ title }) => title)).toContain("Contract with Bolt & Sons");
  const [, webUrl = ""] = /(http:\S+)$/.exec(page) ?? [];
  const html = await (await fetch(webUrl)).text();
  expect(html).toContain("<html");

  const secretFile = join(dataDir, "secrets", "acme");
  expect(statSync(secretFile).mode & 0o777).toBe(0o600);
  const secret = await readFile(secretFile, "utf8");
  const second = run({ program: "start.ts", args: ["--no-generate"] }, env);
  expect(await second.ended).toBe(1);
  expect(second.output.stderr).toContain("runs on");

  const services = childrenOf(first.child.pid);
  expect(services.length).toBe(2);
  const stoppedAt = performance.now();
  first.child.kill("SIGINT");
  expect(await first.ended).toBe(0);
  expect(performance.now() - stoppedAt).toBeLessThan(8000);
  expect(services.filter(isAlive)).toEqual([]);
  expect(await isAnswering(webUrl)).toBe(false);
  const late = run({ program: "client.ts", args: ["list"] }, env);
  expect([await late.ended, late.output.stderr]).toEqual([1, expect.stringContaining("pnpm start")]);

  const again = run({ program: "start.ts", args }, env);
  await again.seen("ready in");
  expect(await readFile(secretFile, "utf8")).toBe(secret);
  const relisted = run({ program: "client.ts", args: ["list"] }, env);
  expect(await relisted.ended).toBe(0);
  expect(relisted.output.stdout).toBe(listed.output.stdout);

  // One service is killed: the other does not stay behind, and the user is told which it was.
  const [identity = 0, document = 0] = childrenOf(again.child.pid);
  process.kill(document, "SIGKILL");
  expect(await again.ended).toBe(1);
  expect(again.output.stderr).toMatch(/error: document-service ended \(SIGKILL\).*document-service\.log/);
  expect([identity, document].filter(isAlive)).toEqual([]);
});

it("names a port that is taken, and how to choose another", async () => {
  const { env } = await testFolder();
  const blocker = createServer();
  await new Promise<void>((resolve) => blocker.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void blocker.close());
  const { port } = blocker.address() as { port: number };
  const start = run({ program: "start.ts", args: ["--no-generate", "--port", `${port}`] }, env);
  expect(await start.ended).toBe(1);
  expect(start.output.stderr).toContain(`port ${port} of 127.0.0.1, for the web page, is taken`);
  expect(start.output.stderr).toMatch(/pnpm start --port \d+/);
});

it("takes its services along when it is killed itself", { timeout }, async () => {
  const { env } = await testFolder();
  const start = run({ program: "start.ts", args }, env);
  await start.seen("ready in");
  const services = childrenOf(start.child.pid);
  start.child.kill("SIGKILL");
  await start.ended;
  await expect.poll(() => services.filter(isAlive), { timeout: 10_000, interval: 50 }).toEqual([]);
});
