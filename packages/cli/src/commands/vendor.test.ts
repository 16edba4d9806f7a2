import { expect, it } from "vitest";
import { makeWorkspace, npmPackage } from "../vendor/vendor-fixture.testdata.ts";
import { vendorCommand } from "./vendor.ts";

const yaml = "version: v1\nvendor:\n  out: third_party\n  packages:\n    acme:\n      files: [a.proto]\n";

it("writes, then finds nothing to do, then tells what differs", async () => {
  const { root, write } = makeWorkspace({
    "wirehouse.yaml": yaml,
    ...npmPackage("acme", "1.0.0", { "a.proto": "" }),
  });
  const run = (check: boolean) => vendorCommand({ cwd: root, check });
  expect((await run(true)).findings).toHaveLength(3);
  expect(await run(false)).toEqual({ findings: [], summary: "third_party: 3 files written, 0 removed" });
  expect(await run(false)).toEqual({ findings: [], summary: "third_party is up to date: 3 files" });
  expect(await run(true)).toEqual({ findings: [], summary: "third_party is up to date" });
  write({ "third_party/a.proto": "edited" });
  expect(await run(true)).toMatchObject({
    findings: [{ rule: "VENDOR_EDITED", path: "third_party/a.proto" }],
    summary: "third_party: 1 problem",
  });
});

it("fails, and does not pass or find, where it cannot compare", async () => {
  const { root } = makeWorkspace({ "wirehouse.yaml": yaml });
  await expect(vendorCommand({ cwd: root, check: true })).rejects.toMatchObject({
    code: "CONFIG",
  });
});

it("has nothing to do without a `vendor` section", async () => {
  const { root } = makeWorkspace({});
  expect(await vendorCommand({ cwd: root, check: false })).toEqual({
    findings: [],
    summary: "wirehouse.yaml has no `vendor`: nothing to do",
  });
});
