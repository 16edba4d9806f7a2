import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { echo } from "../testing/fake-plugin.ts";
import { type Fixture, makeFixture, pluginFixture, proto } from "../testing/fixture.ts";
import { type WatchOptions, type WatchOutcome, watch } from "./watch.ts";

/** Starts watching a fixture, and hands out the outcomes one by one. */
function startWatch(fixture: Fixture, more: Partial<WatchOptions> = {}) {
  const abort = new AbortController();
  const outcomes: WatchOutcome[] = [];
  let wake = () => {};
  const ended = watch({
    cwd: fixture.root,
    signal: abort.signal,
    onOutcome(outcome) {
      outcomes.push(outcome);
      wake();
    },
    ...more,
  });
  onTestFinished(async () => {
    abort.abort();
    await ended;
  });
  let taken = 0;
  const next = async (): Promise<WatchOutcome> => {
    while (outcomes.length === taken) {
      await Promise.race([
        new Promise<void>((resolve) => {
          wake = resolve;
        }),
        ended,
      ]);
    }
    return outcomes[taken++] as WatchOutcome;
  };
  /** Waits for an outcome that the tree is right after; those before it may have seen a part of the changes. */
  const until = async (isIt: (outcome: WatchOutcome) => boolean): Promise<WatchOutcome> => {
    for (;;) {
      const outcome = await next();
      if (isIt(outcome)) {
        return outcome;
      }
    }
  };
  return { next, until, outcomes, ended, stop: () => abort.abort() };
}

const written = (outcome: WatchOutcome) => (outcome.kind === "done" ? outcome.result.written : []);
const wrote = (path: string) => (outcome: WatchOutcome) => written(outcome).includes(path);
const failed = (outcome: WatchOutcome) => outcome.kind === "failed";

/** One file out for each file in, with its bytes, so that every change of a source shows. */
const copy =
  'respond(files.map((name) => ({ name: name + ".txt", content: fs.readFileSync("proto/" + name, "utf8") })));';

describe("watching", () => {
  it("generates at the start and after a save, and does not react to what it writes", async () => {
    const fixture = makeFixture(pluginFixture(copy));
    const { next, outcomes } = startWatch(fixture);
    expect(written(await next())).toEqual(["gen/acme/v1/a.proto.txt"]);
    for (const name of ["B", "C", "D"]) {
      fixture.write({ "proto/acme/v1/a.proto": proto("acme.v1", [], name) });
      expect(written(await next())).toEqual(["gen/acme/v1/a.proto.txt"]);
      expect(fixture.read("gen/acme/v1/a.proto.txt")).toContain(`message ${name}`);
    }
    expect(outcomes).toHaveLength(4);
  });

  it("sees editors that write a file beside and rename it", async () => {
    const fixture = makeFixture(pluginFixture(copy));
    const { next } = startWatch(fixture);
    await next();
    for (const name of ["B", "C"]) {
      const file = join(fixture.root, "proto/acme/v1/a.proto");
      writeFileSync(`${file}.swp`, proto("acme.v1", [], name));
      renameSync(`${file}.swp`, file);
      expect(written(await next())).toEqual(["gen/acme/v1/a.proto.txt"]);
      expect(fixture.read("gen/acme/v1/a.proto.txt")).toContain(`message ${name}`);
    }
  });

  it("tells a syntax error with its place, keeps the last good output, and goes on", async () => {
    const fixture = makeFixture(pluginFixture(copy));
    const { next, until } = startWatch(fixture);
    await next();
    fixture.write({ "proto/acme/v1/a.proto": 'syntax = "proto3";\npackage acme.v1;\nmessage {}\n' });
    const outcome = await until(failed);
    expect(outcome).toMatchObject({
      findings: [{ path: "proto/acme/v1/a.proto", line: 3, column: 1, source: "message {}" }],
    });
    expect(fixture.read("gen/acme/v1/a.proto.txt")).toContain("message A");
    fixture.write({ "proto/acme/v1/a.proto": proto("acme.v1", [], "Mended") });
    await until(wrote("gen/acme/v1/a.proto.txt"));
    expect(fixture.read("gen/acme/v1/a.proto.txt")).toContain("message Mended");
  });

  it("sees new folders, renamed folders, and folders that were deleted and made again", async () => {
    const fixture = makeFixture(pluginFixture(copy));
    const { next, until } = startWatch(fixture);
    await next();
    fixture.write({ "proto/acme/new/deep/v1/b.proto": proto("acme.new.deep.v1") });
    await until(wrote("gen/acme/new/deep/v1/b.proto.txt"));
    fixture.write({ "proto/acme/new/deep/v1/c.proto": proto("acme.new.deep.v1", [], "C") });
    await until(wrote("gen/acme/new/deep/v1/c.proto.txt"));
    rmSync(join(fixture.root, "proto/acme/new"), { recursive: true });
    await until(() => !fixture.exists("gen/acme/new"));
    mkdirSync(join(fixture.root, "proto/acme/new/deep/v1"), { recursive: true });
    fixture.write({ "proto/acme/new/deep/v1/d.proto": proto("acme.new.deep.v1", [], "D") });
    await until(wrote("gen/acme/new/deep/v1/d.proto.txt"));
    renameSync(join(fixture.root, "proto/acme/new"), join(fixture.root, "proto/acme/old"));
    await until(wrote("gen/acme/old/deep/v1/d.proto.txt"));
    expect(fixture.exists("gen/acme/new")).toBe(false);
  });

  it("takes away what a deleted module gave, and sees it come back", async () => {
    const fixture = makeFixture({
      ...pluginFixture(echo),
      "buf.yaml": "version: v2\nmodules:\n  - path: proto\n  - path: more\n",
      "more/other/v1/o.proto": proto("other.v1"),
    });
    const { next, until } = startWatch(fixture);
    await next();
    fixture.remove("more");
    await until(() => !fixture.exists("gen/other"));
    fixture.write({ "more/other/v1/p.proto": proto("other.v1", [], "P") });
    await until(wrote("gen/other/v1/p.proto.txt"));
    expect(fixture.exists("gen/other/v1/o.proto.txt")).toBe(false);
  });

  it("reloads the configuration, and tells with its place what is wrong in it", async () => {
    const fixture = makeFixture(pluginFixture(echo));
    const { next, until } = startWatch(fixture);
    await next();
    const good = fixture.read("buf.gen.yaml");
    fixture.write({ "buf.gen.yaml": `${good}    stratgy: all\n` });
    expect(await until(failed)).toMatchObject({ findings: [{ path: "buf.gen.yaml", line: 5 }] });
    fixture.write({ "proto/acme/v1/b.proto": proto("acme.v1", [], "B") });
    fixture.write({ "buf.gen.yaml": `${good}    opt: changed\n` });
    await until(wrote("gen/acme/v1/a.proto.txt"));
    expect(fixture.read("gen/acme/v1/b.proto.txt")).toBe("acme/v1/b.proto changed");
    fixture.write({ "wirehouse.yaml": "version: v1\nrulez: []\n" });
    expect(await until(failed)).toMatchObject({ findings: [{ path: "wirehouse.yaml", line: 2 }] });
  });

  it("starts with a configuration that is wrong, and waits for the mend", async () => {
    const fixture = makeFixture({ ...pluginFixture(echo), "wirehouse.yaml": "version: v1\nrulez: []\n" });
    const { next, until } = startWatch(fixture);
    expect(failed(await next())).toBe(true);
    fixture.write({ "wirehouse.yaml": "version: v1\n" });
    await until(wrote("gen/acme/v1/a.proto.txt"));
  });

  it("takes thousands of changed files at once in a few runs", async () => {
    const fixture = makeFixture(pluginFixture(echo));
    fixture.write({ "buf.gen.yaml": `${fixture.read("buf.gen.yaml")}    strategy: all\n` });
    const { next, until, outcomes } = startWatch(fixture);
    await next();
    const names = Array.from({ length: 2000 }, (_, i) => `p${i % 100}/v1/f${i}`);
    fixture.write(
      Object.fromEntries(
        names.map((name, i) => [`proto/${name}.proto`, proto(`p${i % 100}.v1`, [], `M${i}`)]),
      ),
    );
    await until(() => names.every((name) => fixture.exists(`gen/${name}.proto.txt`)));
    expect(outcomes.length).toBeLessThanOrEqual(3);
  });

  it("follows a change of branches to the tree of a run from scratch", async () => {
    const fixture = makeFixture({
      ...pluginFixture(copy),
      ".gitignore": "node_modules\n",
      "proto/acme/gone/v1/g.proto": proto("acme.gone.v1"),
    });
    await fixture.git("init", "-q", "-b", "main");
    await fixture.git("add", "-A");
    await fixture.git("commit", "-qm", "one");
    await fixture.git("checkout", "-qb", "other");
    fixture.remove("proto/acme/gone");
    fixture.write({
      "proto/acme/v1/a.proto": proto("acme.v1", [], "Other"),
      "proto/acme/came/v1/c.proto": proto("acme.came.v1"),
      "buf.gen.yaml": fixture.read("buf.gen.yaml").replace("out: gen", "out: gen/sub"),
    });
    await fixture.git("add", "-A");
    await fixture.git("commit", "-qm", "two");
    const { next, until } = startWatch(fixture);
    await next();
    for (const [branch, file] of [
      ["main", "gen/acme/gone/v1/g.proto.txt"],
      ["other", "gen/sub/acme/came/v1/c.proto.txt"],
      ["main", "gen/acme/gone/v1/g.proto.txt"],
    ] as const) {
      await fixture.git("checkout", "-q", branch);
      await until(() => fixture.exists(file));
      await fixture.generate();
      const watched = fixture.tree("gen");
      await fixture.generate({ noCache: true });
      expect(fixture.tree("gen")).toEqual(watched);
    }
  });

  it("ends at once: between runs, and in the middle of one with the tree as it was", async () => {
    const idle = makeFixture(pluginFixture(echo));
    const first = startWatch(idle);
    await first.next();
    first.stop();
    expect(await first.ended).toBe(false);

    const hanging = "fs.writeFileSync('hangs', ''); setInterval(() => {}, 1000);";
    const busy = makeFixture(pluginFixture(hanging));
    const before = busy.tree("gen");
    const phases: string[] = [];
    const second = startWatch(busy, {
      progress: { phase: (name) => phases.push(name), step: () => {} },
    });
    while (!busy.exists("hangs")) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    second.stop();
    expect(await second.ended).toBe(true);
    expect(busy.tree("gen")).toEqual(before);
  });
});
