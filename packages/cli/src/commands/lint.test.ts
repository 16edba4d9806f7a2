import { join } from "node:path";
import { expect, it } from "vitest";
import { cliDirectory, makeFixture, proto } from "../testing/fixture.ts";
import { lint } from "./lint.ts";

/** A check plugin as a package manager links it. */
const linked = {
  "node_modules/.bin/buf-plugin-linked": `#!/bin/sh\nexec "${process.execPath}" "${join(cliDirectory, "../buf-plugin/src/main.ts")}" "$@"\n`,
};

const config = (use: readonly string[]) =>
  JSON.stringify({
    version: "v2",
    modules: [{ path: "proto" }],
    lint: { use },
    plugins: [{ plugin: "buf-plugin-linked", options: { service_package: "service" } }],
  });

it("finds check plugins in node_modules/.bin, as a script of package.json would", async () => {
  const fixture = makeFixture({
    ...linked,
    "buf.yaml": config(["PACKAGE_ORG_AND_DOMAIN"]),
    "proto/acme/v1/a.proto": proto("acme.v1"),
  });
  expect(await lint({ cwd: fixture.root })).toEqual([
    expect.objectContaining({ rule: "PACKAGE_ORG_AND_DOMAIN", path: "proto/acme/v1/a.proto", line: 2 }),
  ]);
});

it("passes on what buf warns of: a plugin without a rule would be a pass that says nothing", async () => {
  const fixture = makeFixture({
    ...linked,
    "buf.yaml": config(["MINIMAL"]),
    "proto/acme/v1/a.proto": proto("acme.v1"),
  });
  const warnings: string[] = [];
  expect(await lint({ cwd: fixture.root, warn: (message) => warnings.push(message) })).toEqual([]);
  expect(warnings).toEqual([expect.stringMatching(/^buf lint: .*no rules configured/s)]);
  expect(warnings.join()).not.toContain("\u001b");
});
