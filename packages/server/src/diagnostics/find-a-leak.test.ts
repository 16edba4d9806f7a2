import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, it, onTestFinished } from "vitest";
import { goPprof, hasGo } from "./testing/go-pprof.ts";
import { readPprof } from "./testing/read-pprof.ts";

const example = join(import.meta.dirname, "../../bench/find-a-leak/leaky-service.ts");

/** The walk of docs/diagnostics.md, on the real thing in a process of its own. */
it("the leak of the example is found by what its diagnostics tell", async () => {
  const service = spawn(process.execPath, [example], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void service.kill("SIGKILL"));
  const [line] = (await once(createInterface(service.stdout), "line")) as [string];
  const { diagnostics } = JSON.parse(line) as { diagnostics: string };

  const handled = async () => {
    const text = await (await fetch(`${diagnostics}/metrics`)).text();
    const [, count] = /^grpc_server_handled_total\{.*grpc_code="OK"\} (\d+)$/m.exec(text) ?? [];
    return Number(count ?? 0);
  };
  while ((await handled()) < 300) {
    // Each scrape is a turn of the service's event loop, in which it serves its client.
  }
  const health = (await (await fetch(`${diagnostics}/healthz`)).json()) as { version: string; open: object };
  expect(health).toMatchObject({ version: "1.4.2", status: "serving" });

  const heap = Buffer.from(
    await (await fetch(`${diagnostics}/debug/pprof/heap?seconds=2&gc=1`)).arrayBuffer(),
  );
  const functions = readPprof(heap).top("inuse_space/bytes");
  const ofExample = functions.filter(({ file }) => file === example);
  // What an async function allocates before its first `await` may be counted as its caller's.
  expect(new Set(ofExample.slice(0, 2).map(({ name }) => name))).toEqual(new Set(["lookUp", "unaryEcho"]));
  const lookUp = ofExample.find(({ name }) => name === "lookUp");
  const all = functions.reduce((sum, { value }) => sum + value, 0);
  expect(lookUp?.value).toBeGreaterThan(all * 0.15);
  // Where the function begins.
  const source = readFileSync(example, "utf8").split("\n");
  expect(lookUp?.lines.map((one) => source[one - 1])).toContainEqual(
    expect.stringContaining("async lookUp("),
  );

  const cpu = Buffer.from(await (await fetch(`${diagnostics}/debug/pprof/profile?seconds=1`)).arrayBuffer());
  expect(readPprof(cpu).stacks.some((stack) => stack.includes("unaryEcho"))).toBe(true);
  if (hasGo) {
    expect(goPprof(heap, "-list=lookUp")).toContain("async lookUp(user: number): Promise<string> {");
  }

  service.kill("SIGTERM");
  expect((await once(service, "exit"))[0]).toBe(0);
});
