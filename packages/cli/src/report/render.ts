import type { Finding } from "./finding.ts";
import { renderGithub } from "./render-github.ts";
import { renderSarif } from "./render-sarif.ts";
import { renderText } from "./render-text.ts";

export const formats = ["text", "json", "github", "sarif"] as const;
export type Format = (typeof formats)[number];

/** Renders findings for stdout. The text form is for people, the others are for machines and are stable. */
export function renderFindings(findings: readonly Finding[], format: Format, color: boolean): string {
  switch (format) {
    case "text":
      return renderText(findings, color);
    case "json":
      return findings.map((finding) => `${JSON.stringify(finding)}\n`).join("");
    case "github":
      return renderGithub(findings);
    case "sarif":
      return renderSarif(findings);
  }
}
