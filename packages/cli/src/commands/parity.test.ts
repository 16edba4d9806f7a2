import { cpSync, renameSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cliDirectory, makeFixture } from "../testing/fixture.ts";
import { parityCases } from "./parity.testdata.ts";

it.each(parityCases)("writes what buf generate writes: $title", async ({ files, count }) => {
  const fixture = makeFixture(files);
  await fixture.generate();
  const ours = fixture.tree("gen");
  fixture.remove("gen");
  await fixture.buf("generate");
  const theirs = fixture.tree("gen");
  expect(Object.keys(ours)).toEqual(Object.keys(theirs));
  expect(ours).toEqual(theirs);
  expect(Object.keys(ours)).toHaveLength(count);
});

it.each(parityCases.filter(({ title }) => /target=js\+dts with options|ts-proto, strategy: all/.test(title)))(
  "writes the same without the patches for speed: $title",
  async ({ files }) => {
    const fixture = makeFixture(files);
    await fixture.generate();
    const patched = fixture.tree("gen");
    fixture.freshCache();
    fixture.remove("gen");
    await fixture.generate({ unpatched: true });
    expect(fixture.tree("gen")).toEqual(patched);
  },
);

describe("this repository", () => {
  const repository = join(cliDirectory, "../..");
  const specifier = /(from|import)(\s*\(?\s*)"([^"]+)"/g;

  it("differs only in the specifiers of imports that cross packages, and in the files of packages", async () => {
    const fixture = makeFixture();
    for (const name of ["proto", "buf.yaml", "buf.gen.yaml", "wirehouse.yaml"]) {
      cpSync(join(repository, name), join(fixture.root, name), { recursive: true });
    }
    const config = fixture.read("wirehouse.yaml");
    await fixture.generate();
    const ours = fixture.tree("gen/ts");
    renameSync(join(fixture.root, "gen"), join(fixture.base, "gen-ours"));
    // One process instead of one a directory: what protoc-gen-es writes is the same.
    const gen = fixture.read("buf.gen.yaml");
    fixture.write({ "buf.gen.yaml": gen.replace("out: gen/ts\n", "out: gen/ts\n    strategy: all\n") });
    await fixture.buf("generate");
    const theirs = fixture.tree("gen/ts");

    const isDerived = (path: string) => /(^|\/)(package\.json|index\.(js|d\.ts))$/.test(path);
    expect(Object.keys(ours).filter((path) => !isDerived(path))).toEqual(Object.keys(theirs));
    const names = [...config.matchAll(/^ {6}(\w+)\/\*: "(.+)\*"$/gm)].map(([, folder = "", name = ""]) => ({
      folder,
      name,
    }));
    expect(names.length).toBeGreaterThan(2);
    let crossing = 0;
    for (const [path, text] of Object.entries(theirs)) {
      const rewritten = text.replace(specifier, (whole, word: string, gap: string, target: string) => {
        if (!target.startsWith(".")) {
          return whole;
        }
        const file = join("/", path, "..", target).slice(1);
        const [folder = "", domain = ""] = file.split("/");
        if (path.startsWith(`${folder}/${domain}/`)) {
          return whole;
        }
        crossing++;
        const name = names.find((candidate) => candidate.folder === folder)?.name;
        return `${word}${gap}"${name}${domain}/${file}"`;
      });
      expect(ours[path], path).toBe(rewritten);
    }
    expect(crossing).toBeGreaterThan(3);
  });
});
