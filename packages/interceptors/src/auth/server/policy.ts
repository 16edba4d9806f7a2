import type { DescFile, DescMethod } from "@bufbuild/protobuf";
import { getOption, hasOption } from "@bufbuild/protobuf";
import type { Policy } from "@wirehouse/proto-auth/v1";
import { default_policy, policy, service_policies } from "@wirehouse/proto-auth/v1";

/** Who may call an RPC. */
export type RpcPolicy =
  | { readonly kind: "public" }
  | { readonly kind: "authenticated" }
  | { readonly kind: "scopes"; readonly allOf: readonly string[]; readonly anyOf: readonly string[] };

/** The policy of an RPC, or why it has none. */
export type PolicyLookup = { readonly policy: RpcPolicy } | { readonly problem: string };

/** Policies by descriptor. */
export interface Policies {
  /** The policy of an RPC: its own, else its service's default, else the one that a file states for it. */
  find(method: DescMethod): PolicyLookup;
  /** What the files say of RPCs that a service of that name does not have. */
  strays(service: DescMethod["parent"]): readonly string[];
}

interface Stated {
  readonly file: string;
  readonly policy: Policy | undefined;
}

// RFC 6749, section 3.3: what a scope may consist of.
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** Reads the options of wirehouse/auth/v1/policy.proto. `files` are those with `service_policies`. */
export function createPolicies(files: readonly DescFile[]): Policies {
  const stated = new Map<string, Stated[]>();
  for (const file of new Set(files)) {
    for (const entry of getOption(file, service_policies)) {
      const key = `${entry.service}/${entry.method}`;
      stated.set(key, [...(stated.get(key) ?? []), { file: `${file.name}.proto`, policy: entry.policy }]);
    }
  }
  const known = new WeakMap<DescMethod, PolicyLookup>();

  return {
    find(method) {
      let lookup = known.get(method);
      if (lookup === undefined) {
        lookup = resolve(method);
        known.set(method, lookup);
      }
      return lookup;
    },
    strays(service) {
      const prefix = `${service.typeName}/`;
      const names = new Set(["", ...service.methods.map((method) => method.name)]);
      return [...stated]
        .filter(([key]) => key.startsWith(prefix) && !names.has(key.slice(prefix.length)))
        .map(
          ([key, [first]]) =>
            `${key}: ${first?.file} states a policy for it, but the service has no such RPC`,
        );
    },
  };

  function resolve(method: DescMethod): PolicyLookup {
    if (hasOption(method, policy)) {
      return read(getOption(method, policy), "its policy");
    }
    if (hasOption(method.parent, default_policy)) {
      return read(getOption(method.parent, default_policy), "the default policy of its service");
    }
    const service = method.parent.typeName;
    const entries = stated.get(`${service}/${method.name}`) ?? stated.get(`${service}/`) ?? [];
    const [entry] = entries;
    if (entry === undefined) {
      return {
        problem:
          "no policy: give the RPC the option `(wirehouse.auth.v1.policy)`, its service `default_policy`, or, if the proto " +
          "belongs to somebody else, name it in `service_policies` of a file in the option `policies`",
      };
    }
    return entries.length > 1
      ? {
          problem: `its policy is stated ${entries.length} times: ${entries.map((one) => one.file).join(", ")}`,
        }
      : read(entry.policy, `its policy in ${entry.file}`);
  }
}

function read(found: Policy | undefined, where: string): PolicyLookup {
  const rule = found?.rule;
  switch (rule?.case) {
    case "public":
    case "authenticated":
      return { policy: { kind: rule.case } };
    case "scopes": {
      const { allOf, anyOf } = rule.value;
      const bad = [...allOf, ...anyOf].filter((scope) => !scopeToken.test(scope));
      if (allOf.length + anyOf.length === 0) {
        return { problem: `${where} names no scope: use \`authenticated\` if none is needed` };
      }
      return bad.length > 0
        ? {
            problem: `${where} has a scope that no token can have (RFC 6749, section 3.3): ${JSON.stringify(bad[0])}`,
          }
        : { policy: { kind: "scopes", allOf: [...allOf], anyOf: [...anyOf] } };
    }
    case undefined:
      return { problem: `${where} sets none of public, authenticated and scopes` };
  }
}

/** Whether a token with these scopes satisfies the policy. */
export function permits(rule: RpcPolicy, scopes: ReadonlySet<string>): boolean {
  return (
    rule.kind !== "scopes" ||
    (rule.allOf.every((scope) => scopes.has(scope)) &&
      (rule.anyOf.length === 0 || rule.anyOf.some((scope) => scopes.has(scope))))
  );
}
