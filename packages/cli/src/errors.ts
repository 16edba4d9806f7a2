import type { Finding } from "./report/finding.ts";

/** Stable codes of everything this package throws on purpose. They do not change between minor versions. */
export type ErrorCode =
  /** The command line is wrong, or it was run in the wrong place. */
  | "USAGE"
  /** buf.yaml, buf.gen.yaml or wirehouse.yaml is missing, does not parse, or says something impossible. */
  | "CONFIG"
  /** A .proto file does not compile, or an import is provided by nothing. */
  | "PROTO"
  /** buf itself could not be found or started, or ended in a way that is no finding. */
  | "BUF"
  /** A plugin is missing, crashed, hung, or answered something that is no CodeGeneratorResponse. */
  | "PLUGIN"
  /** A plugin asked for an output that is refused: outside its folder, twice, or over a source. */
  | "OUTPUT"
  /** The file system refused: read-only, full, or not permitted. */
  | "IO"
  /** Another run holds the workspace. */
  | "LOCKED"
  /** A source changed again and again while it was being compiled; nothing was written. */
  | "CHANGED"
  /** The run was interrupted by a signal. */
  | "INTERRUPTED";

/**
 * An error that its reader can act on: it carries findings, each with its place and its mend.
 * Whatever else reaches main.ts is a bug of this tool and is reported as one.
 */
export class WirehouseError extends Error {
  readonly code: ErrorCode;
  readonly findings: readonly Finding[];

  constructor(code: ErrorCode, findings: Finding | readonly Finding[], options?: ErrorOptions) {
    const list = Array.isArray(findings) ? (findings as readonly Finding[]) : [findings as Finding];
    super(list.map((finding) => finding.message).join("\n"), options);
    this.name = "WirehouseError";
    this.code = code;
    this.findings = list;
  }
}

/** Shorthand for the common case: one finding, named after the error code. */
export function failure(
  code: ErrorCode,
  message: string,
  details: Omit<Finding, "rule" | "severity" | "message"> & { cause?: unknown } = {},
): WirehouseError {
  const { cause, ...place } = details;
  return new WirehouseError(
    code,
    { rule: code, severity: "error", message, ...place },
    cause === undefined ? undefined : { cause },
  );
}

/** The code of a Node.js system error (`ENOENT`, `EACCES`, …), if the value is one. */
export function systemErrorCode(reason: unknown): string | undefined {
  return reason instanceof Error && "code" in reason && typeof reason.code === "string"
    ? reason.code
    : undefined;
}
