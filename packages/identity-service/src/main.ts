import { readConfig } from "./config.ts";
import { IdentityError } from "./domain/errors.ts";
import { type Log, startIdentityService } from "./service.ts";

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
    throw new IdentityError("invalid_config", `LOG_LEVEL must be one of ${levels.join(", ")}`);
  }
  const config = readConfig(process.env, (message) => log("warn", message));
  const service = await startIdentityService(config, log);
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
  process.exitCode = error instanceof IdentityError ? 2 : 1;
}
