import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { root } from "../data/data-folder.ts";
import { PlatformError } from "../errors.ts";

const run = promisify(execFile);

/** Brings the generated code up to date. Throws `PlatformError` `generate_failed`, with what the command says. */
export async function generate(): Promise<void> {
  try {
    await run(process.execPath, ["packages/cli/src/main.ts", "generate", "--quiet"], { cwd: root });
  } catch (cause) {
    const { stdout = "", stderr = "" } = cause as { stdout?: string; stderr?: string };
    throw new PlatformError("generate_failed", `the code is not up to date:\n${stdout}${stderr}`, { cause });
  }
}
