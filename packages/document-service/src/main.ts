import { readConfig } from "./config.ts";
import { DocumentServiceError } from "./errors.ts";
import { type Log, startDocumentService } from "./start.ts";

const levels = ["debug", "info", "warn", "error"];
const least = levels.indexOf(process.env.LOG_LEVEL || "info");

const log: Log = (level, message, fields = {}) => {
  if (levels.indexOf(level) >= least) {
    process.stdout.write(
      `${JSON.stringify({ time: new Date().toISOString(), level, message, ...fields })}\n`,
    );
  }
};

try {
  if (least === -1) {
    throw new DocumentServiceError("invalid_config", "LOG_LEVEL", `must be one of ${levels.join(", ")}`);
  }
  const service = await startDocumentService(readConfig(process.env), log);
  log("info", "listening", { url: service.url, diagnosticsUrl: service.diagnosticsUrl });
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      log("info", "closing", { signal });
      service.close().then(
        () => log("info", "closed"),
        (error: unknown) => {
          log("error", "could not close", { error: String(error) });
          process.exitCode = 1;
        },
      );
    });
  }
} catch (error) {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  log("error", error instanceof Error ? error.message : String(error), { code });
  process.exitCode = error instanceof DocumentServiceError ? 2 : 1;
}
