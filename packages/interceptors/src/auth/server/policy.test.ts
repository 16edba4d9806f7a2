import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { Health } from "@wirehouse/proto-grpc-health/v1";
import { file_wirehouse_server_v1_policies } from "@wirehouse/proto-server/v1";
import { EchoService } from "@wirehouse/proto-testkit/v1";
import { describe, expect, it } from "vitest";
import { callContext, createGate } from "../../testing/gate-fixture.ts";
import {
  createPolicyFile,
  createPolicyService,
  type PolicyFile,
  rules,
} from "../../testing/policy-service.ts";
import { createPolicies } from "./policy.ts";

const find = (file: PolicyFile, others: PolicyFile[] = [], name = "A") => {
  const service = createPolicyService(file);
  return createPolicies(others.map(createPolicyFile)).find(method(service, name));
};
const method = (service: DescService, name: string): DescMethod => {
  const found = service.methods.find((one) => one.name === name);
  if (found === undefined) {
    throw new Error(`no RPC ${name}`);
  }
  return found;
};
const stating = (...servicePolicies: NonNullable<PolicyFile["servicePolicies"]>): PolicyFile => ({
  name: "other.proto",
  servicePolicies,
});
const service = "test.PolicyService";

describe("the policy of an RPC", () => {
  it("is its own, before the default of its service", () => {
    expect(find({ methods: { A: rules.public }, defaultPolicy: rules.authenticated })).toEqual({
      policy: { kind: "public" },
    });
  });

  it("is the default of its service, before what another file states", () => {
    const file = { methods: { A: undefined }, defaultPolicy: rules.authenticated };
    expect(find(file, [stating({ service, policy: rules.public })])).toEqual({
      policy: { kind: "authenticated" },
    });
  });

  it("is what another file states, for the RPC before for the service", () => {
    const other = stating(
      { service, policy: rules.public },
      { service, method: "A", policy: rules.allOf("a", "b") },
    );
    const file = { methods: { A: undefined, B: undefined } };
    expect(find(file, [other])).toEqual({ policy: { kind: "scopes", allOf: ["a", "b"], anyOf: [] } });
    expect(find(file, [other], "B")).toEqual({ policy: { kind: "public" } });
  });

  it.each<[string, PolicyFile, PolicyFile[]]>([
    ["no policy", { methods: { A: undefined } }, []],
    ["sets none of", { methods: { A: rules.none } }, []],
    // An invalid policy does not fall back to one that permits more.
    ["sets none of", { methods: { A: rules.none }, defaultPolicy: rules.public }, []],
    ["sets none of", { methods: { A: undefined }, defaultPolicy: rules.none }, []],
    ["names no scope", { methods: { A: rules.allOf() } }, []],
    ["a scope that no token can have", { methods: { A: rules.allOf("a b") } }, []],
    ["a scope that no token can have", { methods: { A: rules.anyOf("") } }, []],
    ["a scope that no token can have", { methods: { A: rules.anyOf('a"') } }, []],
    ["no policy", { methods: { A: undefined } }, [stating({ service: "test.Policy", policy: rules.public })]],
    ["no policy", { methods: { A: undefined } }, [stating({ service, method: "B", policy: rules.public })]],
    ["sets none of", { methods: { A: undefined } }, [stating({ service })]],
    [
      "stated 2 times",
      { methods: { A: undefined } },
      [stating({ service, policy: rules.public }, { service, policy: rules.public })],
    ],
  ])("is a problem: %s", (problem, file, others) => {
    expect(find(file, others)).toEqual({ problem: expect.stringContaining(problem) });
  });
});

describe("assertPolicies", () => {
  it("names each RPC that has none", () => {
    const { gate } = createGate();
    const bad = createPolicyService({ methods: { A: undefined, B: rules.public, C: rules.none } });
    expect(() => gate.assertPolicies([EchoService, bad, Health])).toThrow(
      expect.objectContaining({
        name: "InterceptorError",
        code: "policy_missing",
        message: expect.stringMatching(
          /PolicyService\/A: no policy.*\n.*PolicyService\/C: its policy sets none.*\n.*grpc\.health\.v1\.Health\/Check/,
        ),
      }),
    );
    expect(() => gate.assertPolicies([bad])).not.toThrow(/PolicyService\/B/);
  });

  it("takes what a file states for services of others", () => {
    const { gate } = createGate({ policies: [file_wirehouse_server_v1_policies] });
    expect(() => gate.assertPolicies([EchoService, Health])).not.toThrow();
  });

  it("names what a file states for an RPC that is not there", () => {
    const other = createPolicyFile(stating({ service, method: "Misspelt", policy: rules.public }));
    const { gate } = createGate({ policies: [other] });
    expect(() => gate.assertPolicies([createPolicyService({ methods: { A: rules.public } })])).toThrow(
      /PolicyService\/Misspelt.*no such RPC/,
    );
  });

  it("fails for each RPC of a service alone whose policy is taken away", () => {
    const names = ["A", "B", "C", "D"];
    for (const gone of names) {
      const methods = Object.fromEntries(
        names.map((name) => [name, name === gone ? undefined : rules.authenticated]),
      );
      const { gate } = createGate();
      expect(() => gate.assertPolicies([createPolicyService({ methods })])).toThrow(
        `PolicyService/${gone}: `,
      );
    }
  });
});

describe("the gate", () => {
  it("has no principal in a public RPC, whatever the values of the call had", async () => {
    const { gate, token } = createGate();
    const service = createPolicyService({ methods: { A: rules.authenticated, B: rules.public } });
    const context = callContext(`Bearer ${token()}`, method(service, "A"));
    await gate.requestGate(context);
    expect(gate.getPrincipal(context.values)?.subject).toBe("ada");
    await gate.requestGate({ ...context, method: method(service, "B") });
    expect(gate.getPrincipal(context.values)).toBeUndefined();
  });

  it("denies an RPC without a policy, also with a good token, and tells why", async () => {
    const events: unknown[] = [];
    const { gate, token } = createGate({ onRefused: (event) => events.push(event) });
    const bad = createPolicyService({ methods: { A: undefined } });
    const denied = (async () => gate.requestGate(callContext(`Bearer ${token()}`, method(bad, "A"))))();
    await expect(denied).rejects.toThrow(
      expect.objectContaining({ name: "ConnectError", code: Code.PermissionDenied }),
    );
    expect(events).toEqual([expect.objectContaining({ kind: "undeclared" })]);
  });

  it.each([
    [rules.public, undefined, undefined],
    [rules.public, "nonsense", undefined],
    [rules.authenticated, "", undefined],
    [rules.allOf("a", "b"), "a b c", undefined],
    [rules.allOf("a", "b"), "b", 'scope="a b"'],
    [rules.allOf("a"), "A aa a.b", 'scope="a"'],
    [rules.anyOf("a", "b"), "b", undefined],
    [rules.anyOf("a", "b"), "c", 'scope="a b"'],
    [rules.allOf("a"), undefined, 'scope="a"'],
  ])("with %j and the scopes %j", async (rule, scope, challenge) => {
    const { gate, token } = createGate();
    const rpc = method(createPolicyService({ methods: { A: rule } }), "A");
    const authorization = scope === "nonsense" ? "Bearer x" : `Bearer ${token({ scope })}`;
    const error = await (async () => gate.requestGate(callContext(authorization, rpc)))().then(
      () => undefined,
      ConnectError.from,
    );
    if (challenge === undefined) {
      expect(error).toBeUndefined();
    } else {
      expect(error?.code).toBe(Code.PermissionDenied);
      expect(error?.metadata.get("www-authenticate")).toBe(
        'Bearer realm="https://echo.example.com", error="insufficient_scope", ' +
          `error_description="the access token does not permit this call", ${challenge}`,
      );
    }
  });
});
