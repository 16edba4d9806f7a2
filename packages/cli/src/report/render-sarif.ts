import { compareText, type Finding } from "./finding.ts";

/** SARIF 2.1.0, the form that code scanning services read. */
export function renderSarif(findings: readonly Finding[]): string {
  const rules = [...new Set(findings.map((finding) => finding.rule))].sort(compareText);
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "wirehouse", rules: rules.map((id) => ({ id })) } },
        results: findings.map((finding) => ({
          ruleId: finding.rule,
          ruleIndex: rules.indexOf(finding.rule),
          level: finding.severity,
          message: {
            text: finding.help === undefined ? finding.message : `${finding.message}\n${finding.help}`,
          },
          ...(finding.path === undefined ? {} : { locations: [location(finding, finding.path)] }),
        })),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function location(finding: Finding, path: string) {
  return {
    physicalLocation: {
      artifactLocation: { uri: encodeURI(path) },
      ...(finding.line === undefined
        ? {}
        : {
            region: {
              startLine: finding.line,
              ...(finding.column === undefined ? {} : { startColumn: finding.column }),
              ...(finding.endLine === undefined ? {} : { endLine: finding.endLine }),
              ...(finding.endColumn === undefined ? {} : { endColumn: finding.endColumn }),
            },
          }),
    },
  };
}
