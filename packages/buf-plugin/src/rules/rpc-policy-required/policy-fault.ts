import type { Policy } from "@wirehouse/proto-auth/v1";

/** RFC 6749, section 3.3: what a scope consists of. */
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** What is wrong with a policy, in words that go on after "its policy"; nothing, if it is valid. */
export function policyFault(policy: Policy | undefined): string | undefined {
  const rule = policy?.rule;
  if (rule?.case === undefined) {
    return "sets none of public, authenticated and scopes";
  }
  if (rule.case !== "scopes") {
    return undefined;
  }
  const scopes = [...rule.value.allOf, ...rule.value.anyOf];
  if (scopes.length === 0) {
    return "names no scope: use authenticated if none is needed";
  }
  const bad = scopes.find((scope) => !scopeToken.test(scope));
  return bad === undefined
    ? undefined
    : `has a scope that no token can have (RFC 6749, section 3.3): ${JSON.stringify(bad)}`;
}
