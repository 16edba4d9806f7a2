import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Finding } from "../report/finding.ts";

/** An entry of `buf … --error-format=json`. */
interface BufAnnotation {
  readonly path?: string;
  readonly start_line?: number;
  readonly start_column?: number;
  readonly end_line?: number;
  readonly end_column?: number;
  readonly type: string;
  readonly message: string;
}

/**
 * Reads what buf prints with `--error-format=json`: one object a line. Lines that are none are left out here
 * and belong to the message of a failure.
 */
export function readBufFindings(root: string, output: string): Finding[] {
  return output
    .split("\n")
    .map((line) => parseLine(line))
    .filter((annotation) => annotation !== undefined)
    .map((annotation) => toFinding(root, annotation));
}

function parseLine(line: string): BufAnnotation | undefined {
  if (!line.startsWith("{")) {
    return undefined;
  }
  try {
    return JSON.parse(line) as BufAnnotation;
  } catch {
    return undefined;
  }
}

function toFinding(root: string, annotation: BufAnnotation): Finding {
  const { path, start_line, start_column, end_line, end_column } = annotation;
  const source = path !== undefined && start_line ? lineOf(join(root, path), start_line) : undefined;
  return {
    rule: annotation.type,
    severity: "error",
    message: annotation.message,
    ...(path === undefined ? {} : { path }),
    ...(start_line ? { line: start_line } : {}),
    ...(start_column ? { column: start_column } : {}),
    ...(end_line ? { endLine: end_line } : {}),
    ...(end_column ? { endColumn: end_column } : {}),
    ...(source === undefined ? {} : { source }),
  };
}

function lineOf(file: string, line: number): string | undefined {
  try {
    return readFileSync(file, "utf8").split(/\r?\n/)[line - 1];
  } catch {
    return undefined;
  }
}
