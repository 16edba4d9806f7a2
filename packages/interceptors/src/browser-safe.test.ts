import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";

/** What the client path may import from outside: all of it runs in browsers. */
const allowed = [/^@bufbuild\//, /^@connectrpc\/connect$/, /^@opentelemetry\/api$/, /^jose$/, /^ipaddr\.js$/];
const src = import.meta.dirname;

/** Every module that an entry loads, with what each imports from outside. */
async function imports(entry: string, seen = new Map<string, string[]>()): Promise<Map<string, string[]>> {
  if (!seen.has(entry)) {
    const text = await readFile(entry, "utf8");
    const names = [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1] ?? "");
    seen.set(
      entry,
      names.filter((name) => !name.startsWith(".")),
    );
    for (const name of names.filter((one) => one.startsWith("."))) {
      await imports(join(dirname(entry), name), seen);
    }
  }
  return seen;
}

const { exports } = JSON.parse(await readFile(join(src, "../package.json"), "utf8")) as {
  exports: Record<string, string>;
};
const entries = Object.entries(exports).filter(([, target]) => target.endsWith(".ts"));

const forNode = ["./auth/file", "./auth/server"];

it.each(entries.filter(([name]) => !forNode.includes(name)))(
  "%s imports nothing that a browser lacks",
  async (_, target) => {
    for (const [file, names] of await imports(join(src, "..", target))) {
      const bad = names.filter((name) => !allowed.some((pattern) => pattern.test(name)));
      expect({ file, bad }).toEqual({ file, bad: [] });
      const code = (await readFile(file, "utf8")).replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
      expect({ file, node: code.match(/(?<!\.)\b(Buffer|process|setImmediate|require)\b[.(]/g) }).toEqual({
        file,
        node: null,
      });
    }
  },
);

it.each(forNode)("%s alone needs Node", async (name) => {
  const used = [...(await imports(join(src, name, "index.ts"))).values()].flat();
  expect(used.some((one) => one.startsWith("node:"))).toBe(true);
});
