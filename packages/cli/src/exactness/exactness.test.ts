import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test, vi } from "vitest";
import { generate } from "../commands/generate.ts";
import { WirehouseError } from "../errors.ts";
import { WorkerPool } from "../execute/worker-pool.ts";
import { walk } from "../io/files.ts";
import { programFile } from "../testing/fake-plugin.ts";
import { linkPackage, readTree, writeFiles } from "../testing/fixture.ts";
import { anyEdit, applyToModel, type Edit } from "./edits.ts";
import { emptyModel, type Model, render } from "./model.ts";

/**
 * After every step of a random history, the tree that an incremental run leaves is byte for byte the tree of a
 * run from scratch in an empty checkout with an empty cache. WIREHOUSE_EXACTNESS_RUNS histories (default 6;
 * 1,000 in CI); WIREHOUSE_EXACTNESS_SEED replays a seed that a failure printed.
 */
const runs = Number(process.env.WIREHOUSE_EXACTNESS_RUNS ?? 6);
const seed = Number(process.env.WIREHOUSE_EXACTNESS_SEED ?? 1);

const pool = new WorkerPool();
const base = realpathSync(mkdtempSync(join(tmpdir(), "wirehouse-exactness-")));
afterAll(async () => {
  await pool.close();
  rmSync(base, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

const fakePlugin = programFile(
  `respond(files.map((name) => ({ name: name + ".txt", content: "VERSION " + name + " " + parameter + " " + input.length })));`,
);

test(`an incremental run leaves what a run from scratch leaves (seed ${seed}, ${runs} histories)`, {
  timeout: 60 * 60_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyEdit, { minLength: 2, maxLength: 6 }), async (edits) => {
      const checkout = new Checkout();
      try {
        let model = start;
        await checkout.run(model);
        for (const edit of edits) {
          model = applyToModel(model, edit);
          checkout.touchOutputs(edit);
          await checkout.run(model, edit.kind === "killed" ? edit.afterWrites : undefined);
        }
      } finally {
        checkout.remove();
      }
    }),
    { seed, numRuns: runs, endOnFailure: runs > 100 },
  );
});

/** Three files in two domains that import each other, so that the first step has something to change. */
const start = [
  { kind: "add", folder: 0, imports: [] },
  { kind: "add", folder: 2, imports: [0] },
  { kind: "add", folder: 3, imports: [1] },
].reduce((model: Model, edit) => applyToModel(model, edit as Edit), { ...emptyModel, names: 1 });

interface Fresh {
  /** "" for a run that succeeded. */
  readonly error: string;
  readonly tree: Record<string, string>;
}

const known = new Map<string, Promise<Fresh>>();

/** The oracle: an empty checkout, an empty cache, nothing reused. What it says of a model is kept. */
function fromScratch(model: Model): Promise<Fresh> {
  const sources = JSON.stringify(render(model, ""));
  const fresh = known.get(sources) ?? runInEmptyCheckout(model);
  known.set(sources, fresh);
  return fresh;
}

async function runInEmptyCheckout(model: Model): Promise<Fresh> {
  const checkout = new Checkout();
  try {
    return await checkout.runFromScratch(model);
  } finally {
    checkout.remove();
  }
}

class Checkout {
  readonly #root = mkdtempSync(join(base, "checkout-"));
  readonly #cache = mkdtempSync(join(base, "cache-"));

  /** Brings the sources to the model, runs, and compares with a run from scratch. */
  async run(model: Model, killAfterWrites?: number): Promise<void> {
    this.#writeSources(model);
    if (killAfterWrites !== undefined) {
      await this.#runKilled(killAfterWrites);
    }
    const incremental = await this.#generate(this.#root, this.#cache, false);
    const fresh = await fromScratch(model);
    expect(incremental).toBe(fresh.error);
    if (fresh.error === "") {
      expect(readTree(join(this.#root, "gen"))).toEqual(fresh.tree);
    }
  }

  async runFromScratch(model: Model): Promise<Fresh> {
    this.#writeSources(model);
    const error = await this.#generate(this.#root, this.#cache, true);
    return { error, tree: readTree(join(this.#root, "gen")) };
  }

  /** What an edit does to outputs. */
  touchOutputs(edit: Edit): void {
    const outputs = walk(join(this.#root, "gen"))
      .map(({ path }) => join(this.#root, "gen", path))
      .sort();
    if (edit.kind === "deleteAllOutputs") {
      rmSync(join(this.#root, "gen"), { recursive: true, force: true });
    } else if (edit.kind === "orphan") {
      writeFiles(this.#root, {
        "gen/es/acme/gone/v1/gone_pb.js": "// @generated\n",
        "gen/es/notes.txt": "x",
      });
    } else if (edit.kind === "editOutput" || edit.kind === "deleteOutput" || edit.kind === "cutOutput") {
      const output = outputs[edit.output % Math.max(1, outputs.length)];
      if (output !== undefined) {
        const text = readFileSync(output, "utf8");
        edit.kind === "deleteOutput"
          ? rmSync(output)
          : writeFileSync(output, edit.kind === "editOutput" ? `${text}// by hand\n` : text.slice(0, -7));
      }
    }
  }

  remove(): void {
    rmSync(this.#root, { recursive: true, force: true });
    rmSync(this.#cache, { recursive: true, force: true });
  }

  #writeSources(model: Model): void {
    const files = render(model, fakePlugin);
    for (const { path } of walk(join(this.#root, "proto"))) {
      if (files[`proto/${path}`] === undefined) {
        rmSync(join(this.#root, "proto", path));
      }
    }
    const names = ["@bufbuild/buf", "@bufbuild/protoc-gen-es", "ts-proto"];
    const dependencies = Object.fromEntries([...names, "protoc-gen-fake"].map((name) => [name, "*"]));
    const all = { ...files, "package.json": JSON.stringify({ dependencies }) };
    for (const [path, text] of Object.entries(all)) {
      const file = join(this.#root, path);
      mkdirSync(dirname(file), { recursive: true });
      if (readIfThere(file) !== text) {
        writeFiles(this.#root, { [path]: text });
      }
    }
    for (const name of names) {
      if (readIfThere(join(this.#root, "node_modules", name, "package.json")) === undefined) {
        linkPackage(this.#root, name);
      }
    }
  }

  /** "" or what the run said is wrong: codes and messages without the place, which may differ. */
  async #generate(cwd: string, cache: string, noCache: boolean): Promise<string> {
    vi.stubEnv("WIREHOUSE_CACHE_DIR", cache);
    try {
      await generate({ cwd, noCache, pool });
      return "";
    } catch (reason) {
      if (reason instanceof WirehouseError) {
        return `${reason.code}: ${reason.message}`;
      }
      throw reason;
    }
  }

  /** A run that ends while it writes, as by SIGKILL: nothing of it is recorded, and a part file is left. */
  async #runKilled(afterWrites: number): Promise<void> {
    vi.stubEnv("WIREHOUSE_CACHE_DIR", this.#cache);
    const abort = new AbortController();
    let writes = 0;
    const progress = {
      phase: () => {},
      step: () => {
        writes++;
        if (writes > afterWrites) {
          abort.abort();
        }
      },
    };
    await generate({ cwd: this.#root, signal: abort.signal, progress, pool }).catch((reason: unknown) => {
      if (!(reason instanceof WirehouseError)) {
        throw reason;
      }
    });
    writeFiles(this.#root, { "gen/es/acme/a/v1/x_pb.js.1-0.wirehouse-tmp": "part of a fi" });
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
