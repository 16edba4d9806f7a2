/**
 * Prevents that a README shows code that does not compile, does not run, or is no longer what the code is: a newcomer
 * copies it first. Each block of code in a README is an excerpt of a file of this repository, which is compiled and
 * run like any other; and each command that a README or a page of docs/ names exists.
 */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { isExcerpt, readCodeBlocks, readLinks } from "./markdown.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (file: string) => readFileSync(join(root, file), "utf8");
const list = (folder: string) => readdirSync(join(root, folder)).map((name) => `${folder}/${name}`);

const readmes = ["README.md", ...list("packages").map((folder) => `${folder}/README.md`)].filter((file) =>
  existsSync(join(root, file)),
);
const pages = [...readmes, "CONTRIBUTING.md", ...list("docs").filter((file) => file.endsWith(".md"))];
const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };

/** READMEs whose TypeScript is not excerpts but compiled block by block, by a test of their package. */
const compiledBy = new Map([
  ["packages/interceptors/README.md", "packages/interceptors/src/snippets.test.ts"],
  ["packages/testkit/README.md", "packages/interceptors/src/snippets.test.ts"],
]);

/** What is not code: command lines and what they print. */
const plain = new Set(["", "sh", "text", "console"]);

describe.each(readmes)("%s", (file) => {
  const blocks = readCodeBlocks(read(file));

  it("shows code of this repository only", () => {
    const compiler = compiledBy.get(file);
    expect(compiler === undefined || read(compiler).includes(`"${file}"`)).toBe(true);
    const isShown = ({ language }: { language: string }) =>
      !plain.has(language) && !(language === "ts" && compiler !== undefined);
    for (const { line, language, text, from } of blocks.filter(isShown)) {
      const place = `${file}:${line} (${language})`;
      expect(from, `${place} needs <!-- from FILE --> before it`).toBeDefined();
      expect(isExcerpt(text, read(from ?? "")), `${place} is not a part of ${from}`).toBe(true);
    }
  });
});

describe.each(pages)("%s", (file) => {
  it("shows what the files that it names say", () => {
    const wrong = readCodeBlocks(read(file)).filter(
      ({ text, from }) => from !== undefined && !isExcerpt(text, read(from)),
    );
    expect(wrong.map(({ line, from }) => `${file}:${line} is not a part of ${from}`)).toEqual([]);
  });

  it("links to what exists", () => {
    const missing = readLinks(read(file)).filter((target) => !existsSync(join(root, dirname(file), target)));
    expect(missing).toEqual([]);
  });

  it("names scripts that exist", () => {
    const builtin = new Set(["install", "exec", "add", "changeset"]);
    const named = [...read(file).matchAll(/(?:^|`)(?:npx -y )?pnpm(?:@12)? ([a-z][\w:-]*)/gm)].map(
      ([, name = ""]) => name,
    );
    expect(named.filter((name) => !(name in scripts) && !builtin.has(name))).toEqual([]);
  });
});

describe.each(["package.json", ...list("packages").map((folder) => `${folder}/package.json`)])(
  "%s",
  (file) => {
    it("has no dependency that docs/dependencies.md does not account for", () => {
      const manifest = JSON.parse(read(file)) as {
        dependencies?: Record<string, string>;
        devDependencies?: Record<string, string>;
      };
      const named = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
      const page = read("docs/dependencies.md");
      expect(
        named.filter(([name, range]) => !range.startsWith("workspace:") && !page.includes(`\`${name}\``)),
      ).toEqual([]);
    });
  },
);

describe("docs/", () => {
  const wirehouse = (...args: string[]) =>
    execFileSync(process.execPath, [join(root, "packages/cli/src/main.ts"), ...args], { encoding: "utf8" });
  const options = (help: string) =>
    [...help.matchAll(/^ +(?:-\w, )?--([a-z-]+)/gm)].map(([, name]) => `--${name}`);

  it("has a page a command, with all of the command's options and no others", () => {
    const help = wirehouse("--help");
    const commands = [...help.matchAll(/^ {2}([a-z]+) .*[a-z]/gm)].map(([, name = ""]) => name);
    expect(commands).toContain("generate");
    const ofAll = options(help.slice(0, help.indexOf("Commands:")));
    expect(ofAll.filter((option) => !read("docs/cli.md").includes(`\`${option}`))).toEqual([]);
    expect(commands.filter((command) => !read("docs/cli.md").includes(`](${command}.md)`))).toEqual([]);
    for (const command of commands) {
      const page = read(`docs/${command}.md`);
      const own = options(wirehouse(command, "--help").split("Global Options:")[0] ?? "");
      const known = [...own, ...ofAll];
      const missing = own.filter((option) => option !== "--help" && !page.includes(option));
      const named = [...page.matchAll(new RegExp(`wirehouse ${command}[^\n\`]*?(--[a-z-]+)`, "g"))];
      const unknown = named.map(([, option = ""]) => option).filter((option) => !known.includes(option));
      expect({ command, missing, unknown }).toEqual({ command, missing: [], unknown: [] });
    }
  });
});

describe.each(list(".changeset").filter((file) => file.endsWith(".md")))("%s", (file) => {
  it("has the front matter that changesets needs", () => {
    expect(read(file)).toMatch(/^---\n("@wirehouse\/[a-z-]+": (major|minor|patch)\n)+---\n\n\S/);
  });
});

it("docs/wirehouse-yaml.md has examples that are accepted", () => {
  const folder = mkdtempSync(join(tmpdir(), "wirehouse-docs-"));
  try {
    cpSync(join(root, "scripts/packaging/user-project"), folder, { recursive: true });
    const examples = readCodeBlocks(read("docs/wirehouse-yaml.md")).filter(
      ({ language }) => language === "yaml",
    );
    writeFileSync(join(folder, "wirehouse.yaml"), examples.map(({ text }) => text).join("\n"));
    expect(examples.length).toBeGreaterThan(5);
    execFileSync(process.execPath, [join(root, "packages/cli/src/main.ts"), "lint", "--cwd", folder], {
      stdio: "pipe",
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
