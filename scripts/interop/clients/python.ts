import { globSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { pythonSources, root } from "./paths.ts";
import type { Report } from "./report.ts";
import { findProgram, runProgram, succeeded } from "./run-program.ts";
import type { Platform } from "./seed.ts";

const requirements = "scripts/interop/clients/python/requirements.txt";

/** A Python that has grpcio, and code for our protos. */
export interface Python {
  readonly program: string;
  /** For PYTHONPATH: the generated code. */
  readonly generated: string;
  readonly version: string;
}

/**
 * Generates code with grpcio's own protoc.
 * @returns what is missing, where it cannot
 */
export async function preparePython(folder: string): Promise<Python | string> {
  const program = findProgram("python3", "INTEROP_PYTHON");
  if (program === undefined) {
    return "python3 is not installed";
  }
  const modules = "grpc, grpc_tools, grpc_health, grpc_reflection, grpc_status";
  const found = await runProgram(program, ["-c", `import ${modules}; print(grpc.__version__)`]);
  if (found.code !== 0) {
    return `${program} has no grpcio: pip install -r ${requirements}, or name one that has in INTEROP_PYTHON`;
  }
  const generated = join(folder, "generated");
  mkdirSync(generated, { recursive: true });
  const protos = join(root, "proto");
  const ours = globSync("{partner,wirehouse/auth,wirehouse/testkit}/**/*.proto", { cwd: protos });
  succeeded(
    await runProgram(program, [
      ...["-m", "grpc_tools.protoc", `-I${protos}`, `-I${join(protos, "third_party")}`],
      ...[`--python_out=${generated}`, `--grpc_python_out=${generated}`],
      ...ours.toSorted(),
      // Not the rest of third_party: grpcio brings its own of grpc/ and google/, and ours would hide it.
      "buf/validate/validate.proto",
    ]),
  );
  return { program, generated, version: found.stdout.trim() };
}

/** Which checks of client.py. */
export type PythonSuite = "calls" | "transport" | "short-tokens";

/** Runs checks of python/client.py. */
export async function tryPython(
  { report, platform, ca }: { report: Report; platform: Platform; ca?: string | undefined },
  python: Python,
  suites: readonly PythonSuite[],
): Promise<void> {
  const { identityUrl, documentUrl, editor, reader } = platform;
  const config = JSON.stringify({ identityUrl, documentUrl, editor, reader, ca, suites });
  const protocol = ca === undefined ? "grpc" : "grpc over TLS";
  const { code, stdout, stderr } = await runProgram(
    python.program,
    [join(pythonSources, "client.py"), config],
    {
      env: pythonEnvironment(python),
      timeoutMs: 180_000,
    },
  );
  for (const line of stdout.split("\n").filter((text) => text !== "")) {
    const { name, reason } = JSON.parse(line) as { name: string; reason: string | null };
    const outcome = reason === null ? "passed" : "failed";
    report.add({ client: "grpcio", protocol, name, outcome, reason: reason ?? "" });
  }
  if (code !== 0) {
    report.add({ client: "grpcio", protocol, name: "runs to its end", outcome: "failed", reason: stderr });
  }
}

/** The environment for a script of python/. */
export function pythonEnvironment({ generated }: Python): NodeJS.ProcessEnv {
  return { ...process.env, PYTHONPATH: generated, PYTHONDONTWRITEBYTECODE: "1" };
}
