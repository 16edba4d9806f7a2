import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createJsonLog } from "./log.ts";
import { repeat } from "./repeat.ts";
import { readServerConfig } from "./server-config.ts";
import { type Environment, readSettings } from "./settings.ts";

test("reads what is there, and takes empty for unset", () => {
  const settings = readSettings({ N: "7", EMPTY: "", LIST: " a, ,b ", KIND: "x", URL: "https://id.example" });
  expect(settings.integer("N", 0, 10, 1)).toBe(7);
  expect(settings.integer("EMPTY", 0, 10, 1)).toBe(1);
  expect(settings.optionalInteger("EMPTY", 0, 10)).toBeUndefined();
  expect(settings.list("LIST")).toEqual(["a", "b"]);
  expect(settings.oneOf("KIND", ["x", "y"], "y")).toBe("x");
  expect(settings.origin("URL")).toBe("https://id.example");
});

test("a secret may stand in a file", () => {
  const folder = mkdtempSync(join(tmpdir(), "settings-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "secret"), "from the file\n");
  expect(readSettings({ A: "plain", A_FILE: join(folder, "secret") }).secret("A")).toBe("from the file");
  expect(readSettings({ A: "plain" }).secret("A")).toBe("plain");
});

const defaults = { port: 1, databaseUrl: "sqlite::memory:" };
test.each<[string, Environment]>([
  ["PORT", { PORT: "x" }],
  ["TLS_CERT_FILE", { TLS_KEY_FILE: "key.pem" }],
  ["TRUSTED_PROXIES", { TRUSTED_PROXIES: "10.0.0.0/8, here" }],
  ["RATE_LIMIT_BURST", { RATE_LIMIT_BURST: "0" }],
])("names %s when it is wrong: %o", (variable, env) => {
  expect(() => readServerConfig(readSettings(env), defaults)).toThrow(
    expect.objectContaining({ code: "invalid_config", variable, message: expect.stringContaining(variable) }),
  );
});

test("a log leaves out what is below its level, and of errors what is not known to be harmless", () => {
  const lines: string[] = [];
  const log = createJsonLog("info", (line) => lines.push(line));
  log("debug", "no");
  log("info", "yes", { error: Object.assign(new Error("why"), { code: "E", parameters: ["canary"] }) });
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    level: "info",
    message: "yes",
    error: { message: "why", code: "E" },
  });
  expect(lines[0]).not.toContain("canary");
});

test("a job goes on after a failure, and ends with the signal", async () => {
  const ended = new AbortController();
  const lines: string[] = [];
  let runs = 0;
  const work = async () => {
    if (++runs === 3) {
      ended.abort();
    }
    throw new Error(`run ${runs}`);
  };
  const log = createJsonLog("info", (line) => lines.push(line));
  await repeat({ name: "chores", everyMs: 1, atOnce: true, work }, ended.signal, log);
  expect(runs).toBe(3);
  expect(lines[0]).toContain("chores: failed, and is tried again");
});
