import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { WirehouseError } from "../errors.ts";
import { loadWorkspace } from "../workspace/workspace.ts";
import { runVendor } from "./vendor.ts";
import { makeWorkspace, npmPackage } from "./vendor-fixture.testdata.ts";

const yaml = (name: string, importPath: string, module: string) => `version: v1
vendor:
  out: third_party
  packages:
    "${name}":
      descriptors:
        ${importPath}: "${module}"
      license: workspace:LICENSE
`;

function makeFake(code: string, module = "fake/gen/x_pb.js") {
  const workspace = makeWorkspace({
    LICENSE: "L\n",
    "wirehouse.yaml": yaml("fake", "x.proto", module),
    ...npmPackage("fake", "1.0.0", {
      "package.json": { name: "fake", version: "1.0.0", type: "module" },
      "gen/x_pb.js": code,
    }),
  });
  workspace.link("@bufbuild/protobuf");
  return workspace;
}

async function messageOf(root: string): Promise<string> {
  const reason = await runVendor(loadWorkspace(root)).catch((thrown: unknown) => thrown as WirehouseError);
  expect(reason).toMatchObject({ code: "CONFIG", findings: [{ path: "wirehouse.yaml", line: 7 }] });
  return (reason as WirehouseError).message;
}

describe("a .proto printed from a package's descriptor", () => {
  it("says where it comes from, and has notice and doc comments", async () => {
    const module = "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
    const workspace = makeWorkspace({
      LICENSE: "L\n",
      "wirehouse.yaml": yaml("@bufbuild/protovalidate", "buf/validate/validate.proto", module),
    });
    workspace.link("@bufbuild/protovalidate");
    await runVendor(loadWorkspace(workspace.root));
    const text = workspace.read("third_party/buf/validate/validate.proto");
    expect(text).toMatch(/^\/\/ Copyright .* Buf Technologies/);
    expect(text).toMatch(
      /\n\/\/ Printed by `wirehouse vendor` from the descriptor in @bufbuild\/protovalidate@\d/,
    );
    expect(text).toContain("\n// `Rule` represents a validation rule written in the Common Expression\n");
    expect(text).toContain("  // Rules specify the validations to be performed on this oneof. By default,\n");
  });

  it("is refused where the module has no such descriptor", async () => {
    const { root } = makeFake("export const x = 1;");
    expect(await messageOf(root)).toBe("fake/gen/x_pb.js carries no descriptor of x.proto");
  });

  it("is refused where the module does not load", async () => {
    const { root } = makeFake("throw new TypeError('bad day');");
    expect(await messageOf(root)).toBe("fake/gen/x_pb.js cannot be loaded: TypeError: bad day");
  });

  it("is refused where the module ends the process", async () => {
    const { root } = makeFake("process.exit(7);");
    expect(await messageOf(root)).toContain("it ended with exit code 7");
  });

  it("is refused where the module is of another package", async () => {
    const { root } = makeFake("", "other/gen/x_pb.js");
    expect(await messageOf(root)).toBe("other/gen/x_pb.js is no module of fake");
  });

  it.runIf(process.allowedNodeEnvironmentFlags.has("--permission"))(
    "does not let the module write, start programs or see the environment",
    async () => {
      const { root } = makeFake(`
import { writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
const tried = [() => writeFileSync("pwned", ""), () => spawnSync("touch", ["pwned"]).error].map((attempt) => {
  try { return attempt()?.code ?? "allowed"; } catch (reason) { return reason.code; }
});
throw new Error(tried.join(" ") + " " + process.env.PATH);`);
      expect(await messageOf(root)).toContain("Error: ERR_ACCESS_DENIED ERR_ACCESS_DENIED undefined");
      expect(existsSync(join(root, "pwned"))).toBe(false);
    },
  );
});
