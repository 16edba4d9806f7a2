import { expect, it } from "vitest";
import { run, testFolder } from "./testing/run-program.ts";

it("keeps unary calls, upload, download, watch and sync working while tokens live two seconds", {
  timeout: 180_000,
}, async () => {
  const { env } = await testFolder();
  const demo = run({ program: "demo.ts", args: ["--seconds", "5"] }, env);
  expect([await demo.ended, demo.output.stderr]).toEqual([0, expect.not.stringContaining("error")]);
  const { stdout } = demo.output;
  for (const part of ["upload", "download", "watch", "sync"]) {
    expect(stdout).toMatch(new RegExp(` ${part} +goes on from`));
  }
  expect(stdout).toMatch(/attempt 1: Unauthenticated[\s\S]*attempt 2: OK/);
  const [, refreshes] = /everything kept working across (\d+) refreshes/.exec(stdout) ?? [];
  expect(Number(refreshes)).toBeGreaterThanOrEqual(2);
});
