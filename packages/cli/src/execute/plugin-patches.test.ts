import { readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cliDirectory } from "../testing/fixture.ts";
import { capturePatch, type SourcePatch, speedPatches } from "./plugin-patches.ts";

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

it.each([capturePatch, ...speedPatches])("leaves another $module as it is", (patch) => {
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
