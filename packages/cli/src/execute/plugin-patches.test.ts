import { readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cliDirectory } from "../testing/fixture.ts";
import { capturePatch, type SourcePatch, speedPatches } from "./plugin-patches.ts";
import { captureTsProtoPatch, formatPatch } from "./ts-proto-patches.ts";

const framework = realpathSync(join(cliDirectory, "node_modules/@bufbuild/protoplugin/dist"));

describe.each(["esm", "cjs"])("%s of the installed @bufbuild/protoplugin", (kind) => {
  const sourceOf = (patch: SourcePatch) => readFileSync(join(framework, kind, patch.module), "utf8");

  it("hands a plugin over instead of running it", () => {
    const source = sourceOf(capturePatch);
    const patched = capturePatch.apply(source);
    expect(patched).toContain("wirehouse.capturePlugin");
    expect(patched?.length).toBeGreaterThan(source.length);
  });

  it("is patched in each place exactly once", () => {
    for (const patch of speedPatches) {
      const source = sourceOf(patch);
      const patched = patch.apply(source);
      // protoc-gen-es loads the CommonJS form; what only that form has is looked for there only.
      if (kind === "cjs") {
        expect(patched, patch.module).toBeDefined();
      }
      if (patched !== undefined) {
        expect(patched).not.toBe(source);
      }
    }
  });
});

it.each([capturePatch, ...speedPatches, formatPatch])("leaves another $module as it is", (patch) => {
  expect(patch.apply("")).toBeUndefined();
  expect(
    patch.apply("export function allNames(file, more) {\n}\nfunction runNodeJs() {\n}\n"),
  ).toBeUndefined();
});

it("leaves a module alone that has a patch's text twice", () => {
  for (const patch of speedPatches) {
    const source = readFileSync(join(framework, "cjs", patch.module), "utf8");
    expect(patch.apply(source + source), patch.module).toBeUndefined();
  }
});

describe("the installed ts-proto", () => {
  const directory = realpathSync(join(cliDirectory, "node_modules/ts-proto"));
  const program = readFileSync(join(directory, "build/src", captureTsProtoPatch.module), "utf8");

  it("hands its function over, and neither reads standard input nor ends the process", () => {
    const patched = captureTsProtoPatch.apply(program);
    expect(patched).toContain("wirehouse.capturePlugin");
    expect(patched).toContain("async function main(stdin) {");
    expect(patched).not.toContain("process.");
  });

  it.each([
    ["another start", program.replace("main() {", "main(argv) {")],
    ["another end", `${program}\nmore();\n`],
    ["nothing", ""],
  ])("is not run in a worker where its program has %s", (_, source) => {
    expect(captureTsProtoPatch.apply(source)).toBe("");
  });

  it("has its formatter's results kept", () => {
    const source = readFileSync(join(directory, "../ts-poet/build", formatPatch.module), "utf8");
    expect(formatPatch.apply(source)).toContain("wirehouseFormatted.get(key)");
  });
});
