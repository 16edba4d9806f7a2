import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import type { BuiltImage } from "./build-image.ts";

const probeEveryMs = 200;
const probeAttempts = 50;

/**
 * Starts what an image holds, as its ENTRYPOINT says, with an environment of nothing but `env`, and writing allowed in
 * the folder `data` alone. Asks it how it is, ends it with SIGTERM, and expects that it goes with exit code 0.
 */
export async function startImage(
  image: BuiltImage,
  data: string,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  mkdirSync(data, { recursive: true });
  const [program, ...args] = image.entrypoint;
  assert.equal(program, "node");
  const confined = [
    "--permission",
    "--allow-inspector",
    `--allow-fs-read=${image.workdir}`,
    `--allow-fs-read=${data}`,
  ];
  const child = spawn(process.execPath, [...confined, `--allow-fs-write=${data}`, ...args], {
    cwd: image.workdir,
    env: { ...image.env, HOST: "127.0.0.1", PORT: "0", DIAGNOSTICS_PORT: "0", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(child, "exit");
  let said = "";
  child.stderr.on("data", (chunk) => {
    said += chunk;
  });
  try {
    let diagnosticsUrl: string | undefined;
    for await (const line of createInterface({ input: child.stdout })) {
      said += `${line}\n`;
      const entry = JSON.parse(line) as { message: string; diagnosticsUrl?: string };
      if (entry.message === "listening") {
        diagnosticsUrl = entry.diagnosticsUrl;
        break;
      }
    }
    assert.ok(diagnosticsUrl, `it did not start:\n${said}`);
    child.stdout.resume();
    for (const path of ["/healthz", "/readyz", "/metrics"]) {
      assert.equal(await probe(diagnosticsUrl + path), 200, path);
    }
    child.kill("SIGTERM");
    const [code, signal] = await exited;
    assert.deepEqual({ code, signal }, { code: 0, signal: null }, said);
  } finally {
    child.kill("SIGKILL");
  }
}

/** The status at last, asked for again and again as Kubernetes does: the first check of the database may still be on. */
async function probe(url: string): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const { status } = await fetch(url);
    if (status === 200 || attempt === probeAttempts) {
      return status;
    }
    await setTimeout(probeEveryMs);
  }
}

/** A SQLite URL in that folder. */
export const sqliteIn = (data: string): string => `sqlite:${join(data, "service.db")}`;
