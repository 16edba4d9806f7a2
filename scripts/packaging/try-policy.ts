import assert from "node:assert/strict";
import { appendFileSync, cpSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { outsideEnvironment, run, tryRun } from "./run.ts";
import { linkGenerated, userProject } from "./user-project.ts";

/**
 * States who may call an RPC in a repository of somebody else: `wirehouse vendor` brings the option out of the installed
 * @wirehouse/buf-plugin, whose rule then finds the RPC that has no policy.
 * @param node the program to run all with
 */
export function tryPolicy(root: string, installed: string, folder: string, node: string): void {
  cpSync(installed, folder, { recursive: true, verbatimSymlinks: true });
  cpSync(userProject, folder, { recursive: true });
  const env = outsideEnvironment(root, dirname(node), join(folder, ".cache"));
  const expectCode = (code: number, ...args: string[]) => {
    const result = tryRun("node_modules/.bin/wirehouse", args, folder, env);
    const said = result.stdout + result.stderr;
    assert.equal(result.code, code, `wirehouse ${args.join(" ")} ended with ${result.code}:\n${said}`);
    return said;
  };
  const option = "wirehouse/auth/v1/policy.proto";
  appendFileSync(
    join(folder, "wirehouse.yaml"),
    `vendor: { out: vendored, packages: { "@wirehouse/buf-plugin": { root: proto, files: [${option}] } } }\n`,
  );
  writeFileSync(
    join(folder, "buf.yaml"),
    `version: v2
modules:
  - path: proto
  - path: vendored
    lint: { ignore: [vendored] }
lint:
  use: [RPC_POLICY_REQUIRED]
plugins:
  - plugin: buf-plugin-wirehouse
`,
  );
  expectCode(0, "vendor");
  const source = readFileSync(join(folder, "vendored", option), "utf8");
  assert.equal(source, readFileSync(join(root, "proto", option), "utf8"));
  assert.match(
    expectCode(1, "lint"),
    /order\.proto:15:3.*shop\.order\.v1\.OrderService\/PlaceOrder has no policy/s,
  );

  const proto = join(folder, "proto/shop/order/v1/order.proto");
  const before = readFileSync(proto, "utf8");
  const stated = before
    .replace("import ", `import "${option}";\nimport `)
    .replace(
      "(PlaceOrderResponse);",
      '(PlaceOrderResponse) { option (wirehouse.auth.v1.policy).scopes.all_of = "order:write"; }',
    );
  writeFileSync(proto, stated);
  expectCode(0, "lint");
  // The code of the option is not generated a second time: it is in @wirehouse/proto-auth.
  writeFileSync(
    join(folder, "buf.gen.yaml"),
    `version: v2
clean: true
inputs:
  - directory: .
    exclude_paths: [vendored/wirehouse]
plugins:
  - local: protoc-gen-es
    out: gen
    opt: [target=js+dts, import_extension=js, "map_imports=wirehouse/auth/**:@wirehouse/proto-auth"]
`,
  );
  expectCode(0, "generate");
  linkGenerated(folder);
  writeFileSync(join(folder, "use-policy.js"), usePolicy);
  assert.equal(run(node, ["use-policy.js"], folder, env), "order:write\n");

  writeFileSync(proto, stated.replace("order:write", "order write"));
  assert.match(expectCode(1, "lint"), /a scope that no token can have/);
}

/** Reads the option of the generated service as the gate does. */
const usePolicy = `
import { getOption } from "@bufbuild/protobuf";
import { OrderService } from "@shop/order/v1";
import { policy } from "@wirehouse/proto-auth/v1";
console.log(getOption(OrderService.method.placeOrder, policy).rule.value.allOf.join());
`;
