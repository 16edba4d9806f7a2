import type { Finding } from "./finding.ts";

/** GitHub workflow commands: each finding becomes an annotation on the pull request. */
export function renderGithub(findings: readonly Finding[]): string {
  return findings.map(renderOne).join("");
}

function renderOne(finding: Finding): string {
  const level = finding.severity === "note" ? "notice" : finding.severity;
  const properties = Object.entries({
    file: finding.path,
    line: finding.line,
    endLine: finding.endLine,
    col: finding.column,
    endColumn: finding.endColumn,
    title: finding.rule,
  })
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${escapeProperty(String(value))}`)
    .join(",");
  const message = finding.help === undefined ? finding.message : `${finding.message}\n${finding.help}`;
  return `::${level} ${properties}::${escapeData(message)}\n`;
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
