/** What became of one check. */
export interface CheckResult {
  readonly client: string;
  readonly protocol: string;
  readonly name: string;
  readonly outcome: "passed" | "failed" | "skipped";
  /** Why it failed or was skipped; empty where it passed. */
  readonly reason: string;
}

/** Collects results and tells each failure as it happens. */
export class Report {
  readonly results: CheckResult[] = [];
  /** How each client calls itself, with its version. */
  readonly versions = new Map<string, string>();

  /** Runs one check; it fails by throwing. */
  async check(client: string, protocol: string, name: string, work: () => unknown): Promise<void> {
    try {
      await work();
      this.add({ client, protocol, name, outcome: "passed", reason: "" });
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      this.add({ client, protocol, name, outcome: "failed", reason });
    }
  }

  add(result: CheckResult): void {
    this.results.push(result);
    if (result.outcome === "failed") {
      const where = [result.client, result.protocol, result.name].filter((part) => part !== "").join(": ");
      console.log(`FAILED  ${where}\n        ${result.reason.trim().replaceAll("\n", "\n        ")}`);
    }
  }

  /** A client that is not there: said once. @param isRequired makes that a failure */
  missing(client: string, reason: string, isRequired: boolean): void {
    if (this.results.some((result) => result.client === client && result.reason === reason)) {
      return;
    }
    const outcome = isRequired ? "failed" : "skipped";
    this.add({ client, protocol: "", name: "is installed", outcome, reason });
    if (!isRequired) {
      console.log(`skipped: ${client}: ${reason}`);
    }
  }

  count(outcome: CheckResult["outcome"], of: readonly CheckResult[] = this.results): number {
    return of.filter((result) => result.outcome === outcome).length;
  }

  /** A row for each client and protocol. */
  table(): string {
    const groups = Map.groupBy(this.results, ({ client, protocol }) => `${client}\0${protocol}`);
    const rows = [...groups].map(([key, results]) => {
      const [client = "", protocol = ""] = key.split("\0");
      const checks =
        this.count("skipped", results) === results.length
          ? "skipped"
          : `${this.count("passed", results)} of ${results.length}`;
      return [client, this.versions.get(client) ?? "", protocol, checks];
    });
    const all = [["client", "version", "protocol", "checks passed"], ...rows];
    const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
    const lines = all.map(
      (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`,
    );
    lines.splice(1, 0, `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`);
    return lines.join("\n");
  }
}
