import { execFile } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "../../..");
const pages = ["packages/interceptors/README.md", "packages/testkit/README.md", "docs/interceptors.md"];
// Inside the package, so that its own name and its dependencies resolve; a folder that Git ignores.
const folder = join(import.meta.dirname, `../dist/snippets-${process.pid}`);

it("every TypeScript snippet of the documentation compiles", async () => {
  await mkdir(folder, { recursive: true });
  try {
    const files: string[] = [];
    for (const page of pages) {
      const text = await readFile(join(root, page), "utf8");
      const snippets = [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? "");
      expect(snippets.length, page).toBeGreaterThan(0);
      for (const [index, snippet] of snippets.entries()) {
        const name = `${page.replaceAll(/\W/g, "-")}-${index + 1}.ts`;
        files.push(name);
        await writeFile(join(folder, name), snippet);
      }
    }
    const config = {
      extends: "../../tsconfig.json",
      compilerOptions: { noUnusedLocals: false, lib: ["es2024", "esnext.disposable"] },
      files,
    };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ ...config, include: [] }));
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const run = promisify(execFile)(process.execPath, [tsc, "-p", folder, "--pretty", "false"]);
    const output = await run.then(
      () => "",
      (error: { stdout?: string }) => error.stdout ?? String(error),
    );
    expect(output).toBe("");
  } finally {
    await rm(folder, { recursive: true });
  }
});
