import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { temporarySuffix } from "../io/write-file.ts";
import { echo, programFile } from "../testing/fake-plugin.ts";
import { cliDirectory, type Fixture, makeFixture, pluginFixture, proto } from "../testing/fixture.ts";
import { refusalOf } from "../testing/untouched.ts";

/** Starts `wirehouse generate` in the fixture as a user does. */
function start(fixture: Fixture, ...args: string[]) {
  const child = spawn(
    process.execPath,
    [join(cliDirectory, "src/main.ts"), "generate", "--cwd", fixture.root, ...args],
    { env: { ...process.env, WIREHOUSE_CACHE_DIR: fixture.cache }, stdio: ["ignore", "pipe", "pipe"] },
  );
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  const output: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => output.push(chunk));
  const ended = once(child, "close").then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
    output: Buffer.concat(output).toString(),
  }));
  return { child, ended };
}

/** Looks until something is so, for a bounded time. */
async function until(isSo: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!isSo()) {
    if (performance.now() > deadline) {
      expect.fail(`waited in vain until ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    // A zombie has ended; only its parent has not looked yet.
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
};

const count = 120;
const manyFiles = (mark: string) =>
  pluginFixture(
    `respond(files.flatMap((name) => Array.from({ length: ${count} }, (_, i) => ({ name: name + "." + i + ".txt", content: "// @generated ${mark} " + i + "x".repeat(20000) }))));`,
  );

/** What a run from scratch writes. */
async function fromScratch(files: Parameters<typeof makeFixture>[0]) {
  const fixture = makeFixture(files);
  await fixture.generate();
  return fixture.tree("gen");
}

it.each(["SIGKILL", "SIGINT"] as const)(
  "is completed by the next run after %s, at any moment",
  async (signal) => {
    const wanted = await fromScratch(manyFiles("new"));
    const fixture = makeFixture(manyFiles("old"));
    await fixture.generate();
    fixture.write(manyFiles("new"));
    const output = (index: number) => join(fixture.root, `gen/acme/v1/a.proto.${index}.txt`);
    const isNew = (index: number) => readFileSync(output(index), "latin1").startsWith("// @generated new");
    const sorted = Array.from({ length: count }, (_, index) => index).sort((x, y) =>
      `${x}.` < `${y}.` ? -1 : 1,
    );
    const moments = [0, 40].map(
      (nth) => () => until(() => isNew(sorted[nth] ?? 0), `file ${nth} is written`),
    );
    for (const moment of moments) {
      const { child, ended } = start(fixture);
      await moment();
      child.kill(signal);
      const end = await ended;
      // It may just have been done. Else it was killed, or says that it was interrupted.
      expect([0, 130, signal], end.output).toContain(end.code ?? end.signal);
      // Each file is the old one or the new one, whole.
      for (const [path, content] of Object.entries(fixture.tree("gen"))) {
        if (!path.endsWith(temporarySuffix)) {
          expect(content).toMatch(/^\/\/ @generated (new|old) \d+x{20000}$/);
        }
      }
    }
    await fixture.generate();
    expect(fixture.tree("gen")).toEqual(wanted);
    expect(await fixture.check()).toEqual([]);
  },
);

it.each(["SIGKILL", "SIGINT"] as const)(
  "loses nothing to %s while a plugin runs, which dies too where it can",
  async (signal) => {
    const hang = 'fs.writeFileSync("plugin.pid", String(process.pid)); setInterval(() => {}, 1000);';
    const fixture = makeFixture(pluginFixture(hang, { "gen/acme/v1/gone.txt": "@generated" }));
    const { child, ended } = start(fixture);
    const pidFile = join(fixture.root, "plugin.pid");
    await until(() => existsSync(pidFile) && readFileSync(pidFile, "utf8") !== "", "the plugin runs");
    const pid = Number(readFileSync(pidFile, "utf8"));
    child.kill(signal);
    const end = await ended;
    expect(fixture.tree("gen")).toEqual({ "acme/v1/gone.txt": "@generated" });
    if (signal === "SIGINT") {
      expect(end.code).toBe(130);
      expect(end.output).toContain("interrupted");
      await until(() => !isAlive(pid), "the plugin has ended");
    } else {
      process.kill(pid, "SIGKILL"); // Nobody is left who could.
    }
    fixture.write({ fake: programFile(echo) });
    await fixture.generate();
    expect(fixture.tree("gen")).toEqual({ "acme/v1/a.proto.txt": "acme/v1/a.proto " });
  },
);

it("lets two runs at once both end well", async () => {
  const wanted = await fromScratch(manyFiles("new"));
  const fixture = makeFixture(manyFiles("new"));
  const ends = await Promise.all([start(fixture).ended, start(fixture).ended, start(fixture).ended]);
  expect(
    ends.map(({ code }) => code),
    ends.map(({ output }) => output).join(),
  ).toEqual([0, 0, 0]);
  expect(fixture.tree("gen")).toEqual(wanted);
});

it("makes a second run wait for the first, and says so", async () => {
  const fixture = makeFixture(
    pluginFixture(
      'fs.writeFileSync("running", ""); const wait = () => fs.existsSync("go") ? respond([]) : setTimeout(wait, 5); wait();',
    ),
  );
  const first = start(fixture);
  await until(() => fixture.exists("running"), "the first runs");
  const second = start(fixture);
  const [warning] = await once(second.child.stderr as NodeJS.ReadableStream, "data");
  expect(String(warning)).toContain(`another run (process ${first.child.pid})`);
  fixture.write({ go: "" });
  expect([(await first.ended).code, (await second.ended).code]).toEqual([0, 0]);
});

it("stops a plugin process that hangs, and all that it started", async () => {
  const hang = `const child = require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" });
fs.writeFileSync("child.pid.tmp", String(child.pid)); fs.renameSync("child.pid.tmp", "child.pid"); setInterval(() => {}, 1000);`;
  const fixture = makeFixture(
    pluginFixture(hang, { "wirehouse.yaml": "version: v1\nplugins:\n  ./fake: { timeout_seconds: 0.8 }\n" }),
  );
  await expect(fixture.generate()).rejects.toMatchObject({
    code: "PLUGIN",
    message: "the plugin ./fake did not end within 0.8 s and was stopped",
    findings: [{ help: expect.stringContaining("plugins../fake.timeout_seconds") }],
  });
  const pid = Number(fixture.read("child.pid"));
  await until(() => !isAlive(pid), "what the plugin started has ended");
});

/** An npm plugin built on @bufbuild/protoplugin, which runs in process. */
function modulePlugin(body: string, timeoutSeconds = 60) {
  return {
    "proto/acme/v1/a.proto": proto("acme.v1"),
    "package.json": { devDependencies: { mine: "*" } },
    "buf.gen.yaml": "version: v2\nplugins:\n  - local: protoc-gen-mine\n    out: gen\n    opt: target=ts\n",
    "wirehouse.yaml": `version: v1\nplugins:\n  protoc-gen-mine: { timeout_seconds: ${timeoutSeconds} }\n`,
    "gen/keep.txt": "@generated",
    "node_modules/mine/package.json": {
      name: "mine",
      version: "1.0.0",
      type: "module",
      bin: { "protoc-gen-mine": "main.js" },
      dependencies: { "@bufbuild/protoplugin": "*" },
    },
    "node_modules/mine/main.js": `#!/usr/bin/env node
import { createEcmaScriptPlugin, runNodeJs } from "@bufbuild/protoplugin";
console.log("noise on standard output");
runNodeJs(createEcmaScriptPlugin({ name: "protoc-gen-mine", version: "v1", generateTs(schema) { ${body} } }));
`,
  };
}

it.each([
  ["hangs", "for (;;) {}", /did not end within 2 s/],
  ["throws", 'throw new Error("boom " + schema.files.length);', /failed: boom 1/],
  ["throws what is no error", 'throw "boom";', /boom/],
  ["exits", "process.exit(5);", /crashed|exited/],
  ["writes outside", 'schema.generateFile("../x.ts").print("1");', /"\.\.\/x.ts".*refused/],
])("fails, and touches nothing, when a plugin that runs in process %s", async (name, body, says) => {
  const fixture = makeFixture(modulePlugin(body, name === "hangs" ? 2 : 60));
  const refusal = await refusalOf(fixture.root, () => fixture.generate());
  expect(refusal.message).toMatch(says);
  expect(refusal.message).toContain("protoc-gen-mine");
});

it("runs a plugin in process that prints to standard output", async () => {
  const fixture = makeFixture(modulePlugin('schema.generateFile("x.ts").print("export const x = 1;");'));
  await fixture.generate();
  expect(fixture.tree("gen")["x.ts"]).toContain("export const x = 1;");
});
