import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

export const packageFolder = join(dirname(fileURLToPath(import.meta.url)), "../..");
export const repositoryFolder = join(packageFolder, "../..");

/** How buf starts the plugin from its source. */
export const fromSource: readonly string[] = [process.execPath, join(packageFolder, "src/main.ts")];

export interface BufResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A buf workspace in a temporary folder that is gone when the test is over.
 * @param folders what to copy into it
 * @param files what to write into it
 */
export function bufWorkspace(
  folders: readonly (readonly [to: string, from: string])[],
  files: Readonly<Record<string, string>>,
) {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "buf-plugin-")));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [to, from] of folders) {
    cpSync(from, join(root, to), { recursive: true });
  }
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  for (const [path, text] of Object.entries(files)) {
    write(path, text);
  }
  const read = (path: string) => readFileSync(join(root, path), "utf8");
  return { root, read, write, buf: (...args: string[]) => runBuf(root, args) };
}

/** The findings of `buf lint --error-format=json`, a line each: file, line, column, rule, message. */
export function findingsOf({ stdout }: BufResult): string[] {
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, string | number>)
    .map(
      (found) => `${found.path}:${found.start_line}:${found.start_column}: ${found.type}: ${found.message}`,
    )
    .sort();
}

function runBuf(cwd: string, args: readonly string[]): Promise<BufResult> {
  const buf = join(packageFolder, "node_modules/@bufbuild/buf/bin/buf");
  return new Promise((resolve) => {
    execFile(process.execPath, [buf, ...args], { cwd, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ code, stdout, stderr });
    });
  });
}
