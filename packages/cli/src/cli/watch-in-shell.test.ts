import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { echo } from "../testing/fake-plugin.ts";
import { cliDirectory, makeFixture, pluginFixture } from "../testing/fixture.ts";

/** Runs the command line in a fixture, and waits for what it prints. */
function startCli(cwd: string, ...args: readonly string[]) {
  const child = spawn(process.execPath, [join(cliDirectory, "src/main.ts"), ...args], { cwd });
  onTestFinished(() => void child.kill("SIGKILL"));
  const printed = { stdout: "", stderr: "" };
  const closed = once(child, "close") as Promise<[code: number | null, signal: string | null]>;
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      printed[name] += text;
    });
  }
  return {
    printed,
    closed,
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    /** Waits until a stream has the text, after what was waited for before. */
    async says(name: "stdout" | "stderr", text: string): Promise<void> {
      while (!printed[name].includes(text)) {
        await Promise.race([
          once(child[name], "data"),
          closed.then(() => {
            throw new Error(`ended without "${text}": ${JSON.stringify(printed)}`);
          }),
        ]);
      }
      printed[name] = printed[name].slice(printed[name].indexOf(text) + text.length);
    },
  };
}

it("watches until Ctrl-C, and ends with 0", async () => {
  const fixture = makeFixture(pluginFixture(echo));
  const cli = startCli(fixture.root, "generate", "--watch");
  await cli.says("stderr", "1 files up to date");
  await cli.says("stderr", "Ctrl-C ends it.");
  fixture.write({ "proto/acme/v1/b.proto": 'syntax = "proto3";\npackage acme.v1;\nmessage {}\n' });
  await cli.says("stdout", "proto/acme/v1/b.proto:3:1: error");
  await cli.says("stderr", "the last good output stays");
  fixture.write({ "proto/acme/v1/b.proto": 'syntax = "proto3";\npackage acme.v1;\nmessage B {}\n' });
  await cli.says("stderr", "2 files up to date");
  cli.kill("SIGINT");
  expect(await cli.closed).toEqual([0, null]);
  expect(fixture.exists("gen/acme/v1/b.proto.txt")).toBe(true);
});

it("ends with 130 where Ctrl-C meets a run, and leaves the tree as it was", async () => {
  const fixture = makeFixture(pluginFixture("fs.writeFileSync('hangs', ''); setInterval(() => {}, 1000);"));
  const cli = startCli(fixture.root, "generate", "--watch", "--format", "json");
  while (!fixture.exists("hangs")) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  cli.kill("SIGINT");
  expect(await cli.closed).toEqual([130, null]);
  expect(cli.printed.stdout).toBe("");
  expect(fixture.exists("gen")).toBe(false);
});

it.each([[["generate", "--watch", "--plan"]], [["generate", "--watch", "--trace", "t.json"]]])(
  "refuses %o",
  async (args) => {
    const fixture = makeFixture(pluginFixture(echo));
    const cli = startCli(fixture.root, ...args);
    expect(await cli.closed).toEqual([2, null]);
    expect(cli.printed.stderr).toContain("cannot be used with");
  },
);

it("refuses to watch what is no workspace", async () => {
  const fixture = makeFixture();
  fixture.remove("buf.yaml");
  const cli = startCli(fixture.root, "generate", "--watch");
  expect(await cli.closed).toEqual([2, null]);
  expect(cli.printed.stdout).toContain("there is no buf.yaml");
});
