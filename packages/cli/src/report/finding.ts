/** One thing to tell the user: what, where, and how to mend it. Every command reports in these. */
export interface Finding {
  /** Stable identifier of the kind: an error code, a drift kind, or a buf rule. */
  readonly rule: string;
  readonly severity: "error" | "warning" | "note";
  /** What is wrong and why, in one or two sentences. */
  readonly message: string;
  /** The file, relative to the workspace root, with forward slashes. */
  readonly path?: string;
  /** 1-based. */
  readonly line?: number;
  /** 1-based. */
  readonly column?: number;
  readonly endLine?: number;
  readonly endColumn?: number;
  /** The text of the line, shown below the message with a caret at `column`. */
  readonly source?: string;
  /** What to do: a command or an edit. */
  readonly help?: string;
}

/** Order for people: by place, then by rule. */
export function compareFindings(a: Finding, b: Finding): number {
  return (
    compareText(a.path ?? "", b.path ?? "") ||
    (a.line ?? 0) - (b.line ?? 0) ||
    (a.column ?? 0) - (b.column ?? 0) ||
    compareText(a.rule, b.rule)
  );
}

/** Code unit order: the same on every machine, whatever its locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
