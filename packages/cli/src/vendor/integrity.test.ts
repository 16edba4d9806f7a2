import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findIntegrity } from "./integrity.ts";
import { makeWorkspace } from "./vendor-fixture.testdata.ts";

const pnpm = `lockfileVersion: '9.0'

packages:

  '@scope/name@1.0.0':
    resolution: {integrity: sha512-scoped==}
    engines: {node: '>=18'}

  name@1.0.0:
    resolution: {integrity: sha512-plain/+==}

  xname@1.0.0:
    resolution: {integrity: sha512-other==}

snapshots:

  name@1.0.0:
    dependencies:
      dep: 1.0.0
`;

const npm = (integrity: string) => ({
  packages: {
    "node_modules/name": { version: "2.0.0", integrity: "sha512-two==" },
    "node_modules/x/node_modules/name": { version: "1.0.0", integrity },
  },
});

describe("findIntegrity", () => {
  it("reads pnpm-lock.yaml, also of a folder above", () => {
    const { root } = makeWorkspace({ "pnpm-lock.yaml": pnpm });
    expect(findIntegrity(root, "name", "1.0.0")).toBe("sha512-plain/+==");
    expect(findIntegrity(join(root, "sub"), "@scope/name", "1.0.0")).toBe("sha512-scoped==");
    expect(findIntegrity(root, "name", "1.0.1")).toBeNull();
    expect(findIntegrity(root, "ame", "1.0.0")).toBeNull();
  });

  it("reads package-lock.json by version, and the hidden one of node_modules", () => {
    const { root, write } = makeWorkspace({ "node_modules/.package-lock.json": npm("sha512-hidden==") });
    expect(findIntegrity(root, "name", "1.0.0")).toBe("sha512-hidden==");
    write({ "package-lock.json": npm("sha512-one==") });
    expect(findIntegrity(root, "name", "1.0.0")).toBe("sha512-one==");
  });

  it("passes over a lock that does not parse", () => {
    const { root } = makeWorkspace({ "package-lock.json": "{" });
    expect(findIntegrity(root, "name", "1.0.0")).toBeNull();
  });
});
