import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { domainNames } from "../scaffold/domain-names.ts";
import { cliDirectory, makeFixture, readTree, runTool } from "../testing/fixture.ts";
import { lint } from "./lint.ts";
import { newDomain } from "./new-domain.ts";

const config = {
  "buf.yaml":
    "version: v2\nmodules:\n  - path: proto\nlint:\n  use: [STANDARD, COMMENTS]\n  ignore: [proto/buf]\n",
  "buf.gen.yaml":
    "version: v2\nclean: true\ninputs:\n  - directory: .\n    exclude_paths: [proto/buf]\nplugins:\n  - local: protoc-gen-es\n    out: gen\n    opt: [target=js+dts, import_extension=js, map_imports=buf/validate/**:@bufbuild/protovalidate/gen]\n",
  "wirehouse.yaml": 'version: v1\npackages:\n  - out: gen\n    names:\n      "*/*": "@*/*"\n',
  "proto/README": "",
};

const protovalidate = join(cliDirectory, "../../proto/third_party/buf");

it.each([
  ["without validation", "acme/user_account", {}],
  ["with validation", "acme/user_account", validateFiles()],
  ["of a name with an irregular ending", "acme/policy_box", validateFiles()],
  ["named as the folder of services", "acme/service", {}],
])(
  "scaffolds a domain %s that is clean, formatted, and whose package compiles (%s)",
  async (_, name, files) => {
    const fixture = makeFixture({ ...config, ...files });
    const { written } = newDomain({ cwd: fixture.root, name });
    expect(written).toEqual([`proto/${name}/v1/models.proto`, `proto/${name}/service/v1/service.proto`]);
    expect(await lint({ cwd: fixture.root })).toEqual([]);
    await fixture.buf("format", "--diff", "--exit-code", ...written.flatMap((path) => ["--path", path]));

    await fixture.generate();
    const { entity, entities } = domainNames(name);
    fixture.write({
      "use.ts": `import { create } from "@bufbuild/protobuf";
import { ${entity}Schema } from "./gen/${name}/v1/models_pb.js";
import { ${entity}Service, List${entities}RequestSchema } from "./gen/${name}/service/v1/service_pb.js";
const title: string = create(${entity}Schema, { title: "a" }).title;
const size: number = create(List${entities}RequestSchema).pageSize;
export const used = [title, size, ${entity}Service.typeName] as const;
`,
      "tsconfig.json": {
        compilerOptions: { module: "nodenext", strict: true, noEmit: true, types: [] },
        files: ["use.ts"],
      },
    });
    const tsc = join(cliDirectory, "../../node_modules/typescript/bin/tsc");
    await runTool(process.execPath, [tsc, "-p", "tsconfig.json"], fixture.root);
    const module = (await import(
      pathToFileURL(join(fixture.root, `gen/${name}/service/v1/service_pb.js`)).href
    )) as Record<string, { typeName: string }>;
    expect(module[`${entity}Service`]?.typeName).toBe(
      `${name.replace("/", ".")}.service.v1.${entity}Service`,
    );
  },
);

it("states who may call each RPC, where the workspace has the option for it", async () => {
  const fixture = makeFixture({ ...config, ...validateFiles(), ...policyFiles() });
  const { written, next } = newDomain({ cwd: fixture.root, name: "acme/order" });
  expect(await lint({ cwd: fixture.root })).toEqual([]);
  await fixture.buf("format", "--diff", "--exit-code", ...written.flatMap((path) => ["--path", path]));
  const policies = fixture
    .read("proto/acme/order/service/v1/service.proto")
    .matchAll(/rpc (\w+)\([^}]*option \(wirehouse\.auth\.v1\.policy\)\.scopes\.all_of = "([^"]*)";/g);
  expect([...policies].map(([, rpc, scope]) => [rpc, scope])).toEqual([
    ["CreateOrder", "order:write"],
    ["GetOrder", "order:read"],
    ["ListOrders", "order:read"],
    ["UpdateOrder", "order:write"],
    ["DeleteOrder", "order:write"],
  ]);
  expect(next).toContainEqual(expect.stringContaining("order:read or order:write"));
});

it("writes beside what the organisation has, and says what to do next", () => {
  const fixture = makeFixture({
    ...config,
    "buf.yaml": "version: v2\nmodules:\n  - path: vendored\n  - path: other\n  - path: proto\n",
    "wirehouse.yaml":
      'version: v1\nvendor:\n  out: vendored\n  packages: {}\npackages:\n  - out: gen\n    names:\n      acme/*: "@acme/*"\n',
    "proto/acme/shop/v1/shop.proto": "",
  });
  const beside = newDomain({ cwd: fixture.root, name: "acme/invoice" });
  expect(beside.written[0]).toBe("proto/acme/invoice/v1/models.proto");
  expect(beside.next.at(-1)).toBe("install, so that others can import @acme/invoice");
  const first = newDomain({ cwd: fixture.root, name: "new/invoice" });
  expect(first.written[0]).toBe("other/new/invoice/v1/models.proto");
  expect(first.next.at(-1)).toContain("name a package for new/invoice");
});

it("overwrites nothing", () => {
  const fixture = makeFixture({ ...config, "proto/acme/shop/service/v1/service.proto": "mine" });
  expect(() => newDomain({ cwd: fixture.root, name: "acme/shop" })).toThrow(
    expect.objectContaining({ code: "USAGE", message: expect.stringContaining("exists already") }),
  );
  expect(fixture.exists("proto/acme/shop/v1")).toBe(false);
  expect(fixture.read("proto/acme/shop/service/v1/service.proto")).toBe("mine");
});

it.each([
  "acme",
  "acme/",
  "Acme/shop",
  "acme/shop/v1",
  "acme/shop-item",
  "acme/v1",
  "google/shop",
  "acme/acme",
  "a/__b",
  "../x",
])("refuses the name %o", (name) => {
  expect(() => domainNames(name)).toThrow(expect.objectContaining({ code: "USAGE" }));
});

/** The option, and the plugin that reports an RPC without it. */
function policyFiles(): Record<string, string> {
  const repository = join(cliDirectory, "../..");
  const plugin = [process.execPath, join(repository, "packages/buf-plugin/src/main.ts")];
  return {
    "proto/wirehouse/auth/v1/policy.proto":
      readTree(join(repository, "proto/wirehouse/auth"))["v1/policy.proto"] ?? "",
    "buf.yaml": JSON.stringify({
      version: "v2",
      modules: [{ path: "proto" }],
      lint: { use: ["STANDARD", "COMMENTS", "WIREHOUSE"], ignore: ["proto/buf"] },
      plugins: [{ plugin }],
    }),
  };
}

function validateFiles(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(readTree(protovalidate)).map(([path, text]) => [`proto/buf/${path}`, text]),
  );
}
