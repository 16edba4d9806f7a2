import { stripVTControlCharacters, styleText } from "node:util";
import type { Finding } from "./finding.ts";

/** `path:line:column: message (rule)`, the offending line with a caret, and the mend. */
export function renderText(findings: readonly Finding[], color: boolean): string {
  return findings.map((finding) => renderOne(finding, color)).join("");
}

function renderOne(finding: Finding, color: boolean): string {
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    color ? styleText(style, text, { validateStream: false }) : text;
  const path = finding.path === undefined ? undefined : clean(finding.path);
  const place = [path, finding.line, finding.column].filter((part) => part !== undefined).join(":");
  const severity = paint(
    finding.severity === "error" ? "red" : finding.severity === "warning" ? "yellow" : "cyan",
    finding.severity,
  );
  const head = place === "" ? severity : `${paint("bold", place)}: ${severity}`;
  const lines = [`${head}: ${clean(finding.message)} ${paint("dim", `(${finding.rule})`)}`];
  if (finding.source !== undefined) {
    const source = clean(finding.source);
    lines.push(`    ${source}`);
    if (finding.column !== undefined) {
      lines.push(`    ${" ".repeat(Math.max(0, finding.column - 1))}${paint("red", "^")}`);
    }
  }
  if (finding.help !== undefined) {
    lines.push(`  ${paint("cyan", "mend")}: ${clean(finding.help)}`);
  }
  return `${lines.join("\n")}\n`;
}

/** All but the line feed. */
const control = /(?!\n)\p{Cc}/gu;

/** Text of a file or a tool goes to a terminal: control sequences in it do not. */
function clean(text: string): string {
  return stripVTControlCharacters(text).replaceAll("\t", " ").replace(control, "");
}
