/** Levels of a log, the least first. */
export const logLevels = ["debug", "info", "warn", "error"] as const;

export type LogLevel = (typeof logLevels)[number];

/** Writes a line of a log. Errors among the fields are written with their causes. */
export type Log = (level: LogLevel, message: string, fields?: object) => void;

/** Writes lines of JSON from the level on. */
export function createJsonLog(least: LogLevel, write: (line: string) => void): Log {
  const from = logLevels.indexOf(least);
  return (level, message, fields = {}) => {
    if (logLevels.indexOf(level) >= from) {
      const line = { time: new Date().toISOString(), level, message, ...fields };
      write(
        `${JSON.stringify(line, (_, value: unknown) => (value instanceof Error ? describe(value) : value))}\n`,
      );
    }
  };
}

/** What JSON leaves out of an error. Nothing else of it: other properties may hold what was sent. */
function describe(error: Error): object {
  const { name, message, stack, cause } = error;
  const code = "code" in error ? error.code : undefined;
  return { name, message, code, stack, cause: cause instanceof Error ? cause : undefined };
}
