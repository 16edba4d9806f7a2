import { appendFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeFixture, proto } from "../testing/fixture.ts";
import { loadWorkspace } from "../workspace/workspace.ts";
import { runVendor } from "./vendor.ts";
import { vendorStamps } from "./vendor-stamps.ts";

/** Long after everything was written: no stamp is too new to be trusted. */
const later = Date.now() + 3_600_000;

async function vendored() {
  const fixture = makeFixture({
    "wirehouse.yaml":
      "version: v1\nvendor:\n  out: third_party\n  packages:\n    protos:\n      files: [acme/v1/a.proto]\n",
    "node_modules/protos/package.json": { name: "protos", version: "1.0.0", license: "MIT" },
    "node_modules/protos/LICENSE": "MIT\n",
    "node_modules/protos/acme/v1/a.proto": proto("acme.v1"),
    "pnpm-lock.yaml": "lockfileVersion: '9.0'\n",
  });
  await runVendor(loadWorkspace(fixture.root));
  const stamps = () => vendorStamps(loadWorkspace(fixture.root), later);
  return { fixture, stamps };
}

test("stamps stay the same while nothing changes", async () => {
  const { stamps } = await vendored();
  expect(stamps()).toEqual(expect.any(String));
  expect(stamps()).toBe(stamps());
});

describe("stamps change with", () => {
  test.each([
    "third_party/acme/v1/a.proto",
    "third_party/vendor.lock.json",
    "third_party/LICENSES/protos.txt",
    "node_modules/protos/acme/v1/a.proto",
    "node_modules/protos/package.json",
    "node_modules/protos/LICENSE",
    "pnpm-lock.yaml",
  ])("%s", async (path) => {
    const { fixture, stamps } = await vendored();
    const before = stamps();
    appendFileSync(join(fixture.root, path), "\n");
    expect(stamps()).not.toBe(before);
  });

  test("a file more in the vendor folder", async () => {
    const { fixture, stamps } = await vendored();
    const before = stamps();
    fixture.write({ "third_party/more.proto": proto("more") });
    expect(stamps()).not.toBe(before);
  });

  test("the configuration", async () => {
    const { fixture, stamps } = await vendored();
    const before = stamps();
    fixture.write({ "wirehouse.yaml": fixture.read("wirehouse.yaml").replace("a.proto", "*.proto") });
    expect(stamps()).not.toBe(before);
  });
});

test("a file that was just written is not trusted", async () => {
  const { fixture } = await vendored();
  const file = join(fixture.root, "third_party/acme/v1/a.proto");
  writeFileSync(file, "x");
  utimesSync(file, later / 1000, later / 1000);
  expect(vendorStamps(loadWorkspace(fixture.root), later)).toBeUndefined();
});

test("nothing can be told without a lock", async () => {
  const { fixture, stamps } = await vendored();
  fixture.remove("third_party/vendor.lock.json");
  expect(stamps()).toBeUndefined();
});
