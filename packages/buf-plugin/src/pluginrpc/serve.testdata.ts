/** Calls that are wrong: what the process ends with, and the code in the response where there is one. */
export const wrongCalls: readonly {
  readonly title: string;
  readonly args: readonly string[];
  readonly input?: string;
  readonly exitCode: 0 | 1;
  readonly code?: "CODE_INVALID_ARGUMENT";
  readonly says: RegExp;
}[] = [
  { title: "no arguments", args: [], exitCode: 1, says: /path of one procedure/ },
  { title: "an unknown flag", args: ["--verbose"], exitCode: 1, says: /'--verbose'/ },
  { title: "an unknown format", args: ["--spec", "--format", "xml"], exitCode: 1, says: /"xml"/ },
  { title: "--protocol with --spec", args: ["--protocol", "--spec"], exitCode: 1, says: /exclude/ },
  {
    title: "an unknown procedure",
    args: ["/buf.plugin.check.v1.CheckService/Chec"],
    exitCode: 1,
    says: /no procedure \/buf\.plugin\.check\.v1\.CheckService\/Chec /,
  },
  {
    title: "two procedures",
    args: ["/buf.plugin.check.v1.CheckService/Check", "/buf.plugin.check.v1.CheckService/ListRules"],
    exitCode: 1,
    says: /one procedure/,
  },
  {
    title: "input that is no JSON",
    args: ["/buf.plugin.check.v1.CheckService/Check", "--format=json"],
    input: "{",
    exitCode: 0,
    code: "CODE_INVALID_ARGUMENT",
    says: /no request with a buf\.plugin\.check\.v1\.CheckRequest/,
  },
  {
    title: "the request of another procedure",
    args: ["/buf.plugin.check.v1.CheckService/Check", "--format=json"],
    input: '{"value": {"@type": "type.googleapis.com/buf.plugin.check.v1.ListRulesRequest"}}',
    exitCode: 0,
    code: "CODE_INVALID_ARGUMENT",
    says: /it holds a buf\.plugin\.check\.v1\.ListRulesRequest/,
  },
  {
    title: "a field that does not exist",
    args: ["/buf.plugin.check.v1.CheckService/ListRules", "--format=json"],
    input: '{"value": {"@type": "type.googleapis.com/buf.plugin.check.v1.ListRulesRequest", "size": 1}}',
    exitCode: 0,
    code: "CODE_INVALID_ARGUMENT",
    says: /"size"/,
  },
  {
    title: "a rule that does not exist",
    args: ["/buf.plugin.check.v1.CheckService/Check", "--format=json"],
    input:
      '{"value": {"@type": "type.googleapis.com/buf.plugin.check.v1.CheckRequest", "rule_ids": ["NO_SUCH_RULE"]}}',
    exitCode: 0,
    code: "CODE_INVALID_ARGUMENT",
    says: /NO_SUCH_RULE/,
  },
  {
    title: "a page that does not exist",
    args: ["/buf.plugin.check.v1.CheckService/ListRules", "--format=json"],
    input:
      '{"value": {"@type": "type.googleapis.com/buf.plugin.check.v1.ListRulesRequest", "page_token": "x"}}',
    exitCode: 0,
    code: "CODE_INVALID_ARGUMENT",
    says: /"x" is no page token/,
  },
];
