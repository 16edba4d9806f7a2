import { realpathSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { cliDirectory } from "../testing/fixture.ts";
import { WorkerPool } from "./worker-pool.ts";

const file = realpathSync(join(cliDirectory, "node_modules/@bufbuild/protoc-gen-es/bin/protoc-gen-es"));
const program = { file, identity: "1", unpatched: false };
const limits = { timeoutMs: 60_000 };
const emptyJob = () => ({
  ...program,
  parameter: "target=ts",
  generate: [],
  descriptors: [],
  bytes: new Uint8Array(),
});

function makePool(size?: number): WorkerPool {
  const pool = new WorkerPool(size);
  onTestFinished(() => pool.close());
  return pool;
}

it("loads a program ahead of the first job, which then goes to the worker that has it", async () => {
  const pool = makePool(2);
  await pool.preload(program, limits);
  await pool.preload(program, limits);
  expect(await pool.run(file, emptyJob, limits)).toMatchObject({ kind: "files", files: [] });
  // One worker has loaded it, and has done everything: the other one never started.
  expect(pool.workers).toBe(1);
});

it("says of a program that is no plugin that it cannot be loaded, also when it was to be loaded ahead", async () => {
  const pool = makePool(1);
  const other = { ...program, file: join(cliDirectory, "src/errors.ts") };
  await pool.preload(other, limits);
  const result = await pool.run(other.file, () => ({ ...emptyJob(), ...other }), limits);
  expect(result.kind).toBe("not-loadable");
});

it("starts nothing that waits when it is closed", async () => {
  const pool = makePool(1);
  void pool.preload(program, limits);
  void pool.preload({ ...program, file: `${file}.other` }, limits);
  await pool.close();
  expect(pool.workers).toBe(0);
});
