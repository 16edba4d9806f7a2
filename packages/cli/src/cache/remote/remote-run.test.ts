import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import type { RunOptions } from "../../commands/context.ts";
import type * as processModule from "../../io/process.ts";
import { runProcess } from "../../io/process.ts";
import { echo } from "../../testing/fake-plugin.ts";
import { type FakeRemoteCache, startRemoteCache } from "../../testing/fake-remote-cache.ts";
import { cliDirectory, type Files, makeFixture, pluginFixture, proto } from "../../testing/fixture.ts";
import { lookupFaults, uploadFaults } from "./faults.testdata.ts";

const started: string[] = [];
vi.mock("../../io/process.ts", async (importOriginal) => {
  const original = await importOriginal<typeof processModule>();
  return {
    ...original,
    runProcess: (...[command, args, options]: Parameters<typeof original.runProcess>) => {
      started.push(command);
      return original.runProcess(command, args, options);
    },
  };
});

let remote: FakeRemoteCache;
beforeEach(async () => {
  remote = await startRemoteCache();
  vi.stubEnv("WIREHOUSE_REMOTE_CACHE_TOKEN", "secret-token");
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
});

/** A checkout on a machine of its own: its path and its local cache are not those of others. */
function makeMachine(how: { mode?: string; timeoutMs?: number | undefined; url?: string } = {}) {
  const { mode = "read-write", timeoutMs = 20_000, url = remote.url } = how;
  const files: Files = pluginFixture(echo, {
    "proto/acme/v1/b.proto": proto("acme.v1", ["acme/v1/a.proto"], "B"),
    "proto/acme/w/c.proto": proto("acme.w", [], "C"),
    "wirehouse.yaml": {
      version: "v1",
      plugins: { "./fake": { inputs: ["fake"] } },
      cache: { remote: { url, mode, timeout_ms: timeoutMs } },
    },
  });
  const machine = makeFixture(files);
  const warnings: string[] = [];
  started.length = 0;
  return {
    ...machine,
    warnings,
    run: (options: Partial<RunOptions> = {}) =>
      machine.generate({ warn: (message) => warnings.push(message), ...options }),
  };
}

/** Fills the remote cache, by a first run of which later tests get a copy. */
async function warmUp(): Promise<void> {
  if (warm.size === 0) {
    await makeMachine().run();
    for (const [path, body] of remote.blobs) {
      warm.set(path, body);
    }
  }
  for (const [path, body] of warm) {
    remote.blobs.set(path, body);
  }
}

const warm = new Map<string, Buffer>();
const results = () => [...remote.blobs.keys()].filter((path) => path.startsWith("/ac/"));
const outputs = ["acme/v1/a.proto.txt", "acme/v1/b.proto.txt", "acme/w/c.proto.txt"];

it("gives a second machine what the first made, without a plugin or the compiler", async () => {
  const first = makeMachine();
  expect(await first.run()).toMatchObject({ units: 2, ran: 2 });
  expect(results()).toHaveLength(2);
  expect(started.length).toBeGreaterThan(0);
  const second = makeMachine({ mode: "read-only" });
  expect(await second.run()).toMatchObject({ units: 2, ran: 0, written: { length: 3 } });
  expect(started).toEqual([]);
  expect(second.tree("gen")).toEqual(first.tree("gen"));
  expect([...first.warnings, ...second.warnings]).toEqual([]);
  // From now on it has them itself.
  await remote.close();
  second.remove("gen");
  expect(await second.run()).toMatchObject({ ran: 0 });
  expect(second.warnings).toEqual([]);
});

it("asks for nothing in a run that has nothing to do, and sends the credentials with each request", async () => {
  const machine = makeMachine();
  await machine.run();
  expect(new Set(remote.requests.map((request) => request.authorization))).toEqual(
    new Set(["Bearer secret-token"]),
  );
  remote.requests.length = 0;
  expect(await machine.run()).toMatchObject({ ran: 0 });
  machine.remove("gen/acme/v1/a.proto.txt");
  expect(await machine.run()).toMatchObject({ ran: 0, written: { length: 1 } });
  expect(remote.requests).toEqual([]);
});

it("is not used with --no-cache, and not with the mode off", async () => {
  const machine = makeMachine();
  await machine.generate({ noCache: true });
  vi.stubEnv("WIREHOUSE_REMOTE_CACHE_MODE", "off");
  machine.freshCache();
  await machine.run();
  expect(remote.requests).toEqual([]);
});

it("uploads nothing with the mode read-only, which is the default", async () => {
  const machine = makeMachine();
  machine.write({
    "wirehouse.yaml": {
      version: "v1",
      plugins: { "./fake": { inputs: ["fake"] } },
      cache: { remote: { url: remote.url } },
    },
  });
  expect(await machine.run()).toMatchObject({ ran: 2 });
  expect(remote.requests.map(({ method }) => method)).toEqual(["GET", "GET"]);
});

it("asks again for what an edit made unknown, and for nothing else", async () => {
  const machine = makeMachine();
  await machine.run();
  remote.requests.length = 0;
  machine.write({ "proto/acme/w/c.proto": proto("acme.w", [], "Changed") });
  expect(await machine.run()).toMatchObject({ ran: 1 });
  expect(remote.requests.map(({ method }) => method)).toEqual(["GET", "PUT"]);
});

describe("a remote cache that fails costs a warning and no more", () => {
  const expectRight = (machine: ReturnType<typeof makeMachine>, warns: RegExp | undefined) => {
    expect(Object.keys(machine.tree("gen"))).toEqual(outputs);
    expect(machine.read("gen/acme/v1/a.proto.txt")).toBe("acme/v1/a.proto ");
    expect(machine.warnings).toHaveLength(warns === undefined ? 0 : 1);
    expect(machine.warnings.join()).toMatch(warns ?? "");
    expect(machine.warnings.join()).not.toContain("secret");
  };

  it.each(lookupFaults)("lookup: $title", async ({ misbehave, warns, timeoutMs }) => {
    await warmUp();
    remote.misbehave(misbehave);
    const machine = makeMachine({ mode: "read-only", timeoutMs });
    expect(await machine.run()).toMatchObject({ ran: 2 });
    expectRight(machine, warns);
    expect(await machine.check()).toEqual([]);
  });

  it.each(uploadFaults)("upload: $title", async ({ misbehave, warns, timeoutMs }) => {
    remote.misbehave(misbehave);
    const machine = makeMachine({ timeoutMs });
    expect(await machine.run()).toMatchObject({ ran: 2 });
    expectRight(machine, warns);
  });

  it("lookup: a redirect, which would take the credentials elsewhere", async () => {
    const elsewhere = await startRemoteCache();
    remote.misbehave((request, response) => {
      response.writeHead(307, { location: elsewhere.url + request.url }).end();
    });
    const machine = makeMachine();
    await machine.run();
    expectRight(machine, /redirect \(307 Temporary Redirect\), which is not followed/);
    expect(elsewhere.requests).toEqual([]);
  });

  it("nobody listens", async () => {
    await remote.close();
    const machine = makeMachine();
    await machine.run();
    expectRight(machine, /cannot be reached \(ECONNREFUSED\)/);
  });

  it("is left alone by the next runs that share its pause, as with --watch, and by no others", async () => {
    remote.misbehave(() => {});
    const machine = makeMachine({ timeoutMs: 200 });
    const remotePauses = new Map<string, number>();
    await machine.run({ remotePauses });
    const { length } = remote.requests;
    machine.write({ "proto/acme/w/c.proto": proto("acme.w", [], "Changed") });
    expect(await machine.run({ remotePauses })).toMatchObject({ ran: 1 });
    expect(remote.requests).toHaveLength(length);
    expectRight(machine, /is too slow|did not answer/);
    machine.write({ "proto/acme/w/c.proto": proto("acme.w", [], "ChangedAgain") });
    await machine.run();
    expect(remote.requests.length).toBeGreaterThan(length);
  });

  it("the result of another unit under this one's key", async () => {
    await warmUp();
    const [first = "", second = ""] = results();
    remote.blobs.set(first, remote.blobs.get(second) ?? Buffer.alloc(0));
    const machine = makeMachine();
    expect(await machine.run()).toMatchObject({ ran: 1 });
    expectRight(machine, /is not what was put there/);
    // The right one has taken its place.
    const third = makeMachine();
    expect(await third.run()).toMatchObject({ ran: 0 });
    expectRight(third, undefined);
  });
});

it.each(["it never answers", "401", "a page instead of a result"])(
  "ends with exit code 0 and shows no credential, when %s",
  async (title) => {
    await warmUp();
    remote.misbehave(lookupFaults.find((fault) => fault.title === title)?.misbehave);
    const machine = makeMachine({ timeoutMs: 200 });
    const args = [join(cliDirectory, "src/main.ts"), "generate", "--cwd", machine.root, "--format", "json"];
    const result = await runProcess(process.execPath, args, { cwd: machine.base, env: process.env });
    expect(result).toMatchObject({ kind: "exit", code: 0 });
    if (result.kind === "exit") {
      expect(JSON.parse(result.stdout.toString())).toMatchObject({ ran: 2 });
      expect(result.stderr.match(/^warning: /gm)).toHaveLength(1);
      expect(result.stdout + result.stderr).not.toContain("secret");
    }
    expect(Object.keys(machine.tree("gen"))).toEqual(outputs);
  },
);

it("makes again what is damaged in the local cache", async () => {
  const machine = makeMachine({ mode: "off" });
  await machine.run();
  for (const [path] of Object.entries(machine.tree("../cache/outputs-1"))) {
    machine.write({ [`../cache/outputs-1/${path}`]: "damaged" });
  }
  const before = machine.tree("gen");
  machine.remove("gen");
  expect(await machine.run()).toMatchObject({ ran: 2 });
  expect(machine.tree("gen")).toEqual(before);
  expect(machine.warnings).toHaveLength(2);
  expect(machine.warnings[0]).toContain("damaged");
});

it("refuses credentials in clear text before it asks", async () => {
  const machine = makeMachine({ url: "http://cache.example.com" });
  const refusal = await machine.run().catch((reason: unknown) => reason);
  expect(refusal).toMatchObject({ code: "CONFIG" });
  expect(String(refusal)).not.toContain("secret");
});
