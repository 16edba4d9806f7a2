import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { CheckRequestSchema } from "@wirehouse/proto-bufplugin/v1";
import { expect, it } from "vitest";
import { bufWorkspace, findingsOf, fromSource, repositoryFolder } from "../testing/buf-workspace.ts";
import { check } from "./check.ts";

const service = `syntax = "proto3";
package acme.order.api.v1;
service OrderService {
  rpc Get(GetRequest) returns (GetResponse);
}
message GetRequest {}
message GetResponse {}
`;

it("takes another name for packages of services from buf.yaml", async () => {
  const { buf, write } = bufWorkspace([], { "order.proto": service });
  const lint = (options: Record<string, unknown>) => {
    write("buf.yaml", config(["SERVICE_IN_SERVICE_PACKAGE"], options));
    return buf("lint", "--error-format=json");
  };
  expect((await lint({})).code).toBe(100);
  expect(await lint({ service_package: "api" })).toEqual({ code: 0, stdout: "", stderr: "" });
});

it.each([
  ["an unknown option", { service_pakage: "api" }, 'there is no option "service_pakage"'],
  ["an option of another type", { service_package: 1 }, '"service_package" is one segment'],
  ["an option that is no segment", { service_package: "api.v1" }, '"service_package" is one segment'],
])("refuses %s", async (_, options, message) => {
  const { buf } = bufWorkspace([], {
    "order.proto": service,
    "buf.yaml": config(["RPC_POLICY_REQUIRED"], options),
  });
  const result = await buf("lint");
  expect(result.code).toBe(1);
  expect(result.stderr).toContain(message);
});

it("takes no option of the same number for a policy where policy.proto is not", async () => {
  const other = `syntax = "proto3";
package acme.option.v1;
import "google/protobuf/descriptor.proto";
extend google.protobuf.MethodOptions { string owner = 77610; }
`;
  const { buf } = bufWorkspace([], {
    "option.proto": other,
    "order.proto": service.replace("service Order", 'import "option.proto";\nservice Order').replace(
      "(GetResponse);",
      '(GetResponse) { option (acme.option.v1.owner) = "\\n\\000"; }', // The bytes of `public: {}`.
    ),
    "buf.yaml": config(["RPC_POLICY_REQUIRED"]),
  });
  expect(findingsOf(await buf("lint", "--error-format=json"))).toEqual([
    "order.proto:5:3: RPC_POLICY_REQUIRED: acme.order.api.v1.OrderService/Get has no policy: import wirehouse/auth/v1/policy.proto, and set the option (wirehouse.auth.v1.policy), or (wirehouse.auth.v1.default_policy) of its service",
  ]);
});

it("can be switched off for an RPC by a comment, as any rule of buf", async () => {
  const { buf } = bufWorkspace([["wirehouse", join(repositoryFolder, "proto/wirehouse/auth")]], {
    "order.proto": service.replace("  rpc", "  // buf:lint:ignore RPC_POLICY_REQUIRED\n  rpc"),
    "buf.yaml": config(["RPC_POLICY_REQUIRED"]),
  });
  expect((await buf("lint")).code).toBe(0);
});

it("checks all rules where a request names none, and answers a request without files", () => {
  expect(check(create(CheckRequestSchema)).annotations).toEqual([]);
});

function config(use: readonly string[], options: Record<string, unknown> = {}): string {
  return JSON.stringify({ version: "v2", lint: { use }, plugins: [{ plugin: fromSource, options }] });
}
