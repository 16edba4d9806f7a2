import { resolve } from "node:path";
import { failure } from "../errors.ts";
import { writeFileAtomic } from "../io/write-file.ts";
import { ChromeTrace } from "../report/chrome-trace.ts";
import type { Tracer } from "../report/tracer.ts";

/**
 * Runs something and writes its Chrome trace, also where it fails.
 * @param file relative to the process's directory, as every path on the command line
 * @throws WirehouseError IO when the file cannot be written
 */
export async function withTraceFile<Result>(
  file: string,
  run: (tracer: Tracer) => Promise<Result>,
): Promise<Result> {
  const trace = new ChromeTrace();
  try {
    return await run(trace);
  } finally {
    write(resolve(file), trace.toJson());
  }
}

function write(file: string, text: string): void {
  try {
    writeFileAtomic(file, text);
  } catch (reason) {
    throw failure(
      "IO",
      `the trace could not be written to ${file}: ${reason instanceof Error ? reason.message : reason}`,
      { help: "name a file that can be written with --trace", cause: reason },
    );
  }
}
