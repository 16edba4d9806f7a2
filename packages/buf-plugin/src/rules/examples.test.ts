import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ruleInfos } from "../check/catalogue.ts";
import {
  bufWorkspace,
  findingsOf,
  fromSource,
  packageFolder,
  repositoryFolder,
} from "../testing/buf-workspace.ts";

const examples = join(packageFolder, "examples");

it("has examples of each rule, and of nothing else", () => {
  expect(readdirSync(examples).sort()).toEqual(ruleInfos.map(({ id }) => folderOf(id)));
});

it.each(ruleInfos)("$id: `buf lint` finds each bad example, and nothing in the good ones", async ({ id }) => {
  const folder = join(examples, folderOf(id));
  const has = (name: string) => existsSync(join(folder, name));
  // One module, but for what others own: each module costs buf some starts of the plugin.
  const { buf } = bufWorkspace(
    [
      ["proto", join(folder, "good")],
      ["proto", join(folder, "bad")],
      ["proto/wirehouse/auth", join(repositoryFolder, "proto/wirehouse/auth")],
      ...(has("vendor") ? [["vendor", join(folder, "vendor")] as const] : []),
    ],
    {
      "buf.yaml": JSON.stringify({
        version: "v2",
        modules: has("vendor")
          ? [{ path: "proto" }, { path: "vendor", lint: { ignore: ["vendor"] } }]
          : [{ path: "proto" }],
        lint: { use: [id] },
        plugins: [{ plugin: fromSource }],
      }),
    },
  );
  const result = await buf("lint", "--error-format=json");
  expect(result).toMatchObject({ stderr: "", code: 100 });
  const findings = findingsOf(result).map((line) => line.slice("proto/".length));
  await expect(`${findings.join("\n")}\n`).toMatchFileSnapshot(join(folder, "findings.txt"));

  const found = new Set(findings.map((line) => line.slice(0, line.indexOf(":"))));
  const isIn = (name: string) => [...found].filter((path) => existsSync(join(folder, name, path)));
  expect(isIn("good")).toEqual([]);
  expect(isIn("bad")).toHaveLength(found.size);
});

function folderOf(id: string): string {
  return id.toLowerCase().replaceAll("_", "-");
}
