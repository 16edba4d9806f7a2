import { ServiceKitError } from "./errors.ts";
import { createJsonLog, type Log, logLevels } from "./log.ts";
import { type Environment, readSettings } from "./settings.ts";

/** A service that listens. */
export interface Running {
  readonly url: string;
  /** Undefined when it is off. */
  readonly diagnosticsUrl: string | undefined;
  close(): Promise<void>;
}

/**
 * The life of a service's process: starts it, logs on standard output from `LOG_LEVEL` on, closes it on SIGTERM or SIGINT. A
 * wrong setting ends it with exit code 2, another failure with 1.
 */
export async function runService(start: (env: Environment, log: Log) => Promise<Running>): Promise<void> {
  let log = createJsonLog("info", writeLine);
  try {
    log = createJsonLog(readSettings(process.env).oneOf("LOG_LEVEL", logLevels, "info"), writeLine);
    const service = await start(process.env, log);
    log("info", "listening", { url: service.url, diagnosticsUrl: service.diagnosticsUrl });
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.once(signal, () => {
        log("info", "closing", { signal });
        service.close().then(
          () => log("info", "closed"),
          (error: unknown) => {
            log("error", "could not close", { error });
            process.exitCode = 1;
          },
        );
      });
    }
  } catch (error) {
    if (error instanceof ServiceKitError) {
      log("error", error.message, { code: error.code });
      process.exitCode = 2;
    } else {
      log("error", error instanceof Error ? error.message : String(error), { error });
      process.exitCode = 1;
    }
  }
}

function writeLine(line: string): void {
  process.stdout.write(line);
}
