import { parseArgs } from "node:util";
import { createRandom } from "./harness/random.ts";
import { Broken, type Figures, type Scenario, Skip } from "./harness/scenario.ts";
import { createStores } from "./harness/stores.ts";
import { scenarios } from "./scenarios/index.ts";

/**
 * Tries faults on real services, each in a process of its own: `pnpm test:faults`.
 *
 * `--only <text>` picks scenarios by name, `--store sqlite|postgres` by store, `--seed <number>` repeats a run's choices,
 * `--quick` does fewer rounds, `--require postgres,tmpfs` fails where the machine lacks one of these instead of skipping.
 */
const { values } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    store: { type: "string" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 1e9)) },
    quick: { type: "boolean", default: false },
    require: { type: "string", default: "" },
    verbose: { type: "boolean", default: false },
    jobs: { type: "string", default: "2" },
  },
});
const required = new Set(values.require.split(","));

type Outcome =
  | { readonly kind: "passed"; readonly figures: Figures }
  | { readonly kind: "failed"; readonly why: string }
  | { readonly kind: "skipped"; readonly why: string };

const chosen = scenarios.filter(
  ({ name, store }) => name.includes(values.only) && (values.store ?? store) === store,
);
const counts = { passed: 0, failed: 0, skipped: 0 };
const begin = performance.now();
process.stdout.write(`seed ${values.seed}\n`);
const stores = await createStores();
try {
  const waiting = [...chosen];
  const runNext = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      await report(next);
    }
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, runNext));
} finally {
  await stores.close();
}
const seconds = Math.round((performance.now() - begin) / 1000);
process.stdout.write(
  `\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped in ${seconds} s, seed ${values.seed}\n`,
);
process.exitCode = counts.failed > 0 || chosen.length === 0 ? 1 : 0;

async function report(scenario: Scenario): Promise<void> {
  const start = performance.now();
  const outcome = await runScenario(scenario);
  counts[outcome.kind]++;
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const rows =
    outcome.kind === "passed"
      ? Object.entries(outcome.figures).map(([what, value]) => `  ${what.padEnd(44)} ${value}`)
      : [`  ${outcome.why}`];
  process.stdout.write(
    `\n${outcome.kind}  ${scenario.name}, on ${scenario.store} (${seconds} s)\n${rows.join("\n")}\n`,
  );
}

async function runScenario(scenario: Scenario): Promise<Outcome> {
  const undoing: (() => unknown)[] = [];
  try {
    const figures = await scenario.run({
      stores,
      // Of its own, so that a scenario does the same whether others run or not.
      random: createRandom(Number(values.seed)),
      quick: values.quick,
      defer: (undo) => undoing.push(undo),
      note: (text) => {
        if (process.stderr.isTTY || values.verbose) {
          process.stderr.write(`${scenario.name}, on ${scenario.store}: ${text}\n`);
        }
      },
    });
    return { kind: "passed", figures };
  } catch (error) {
    if (error instanceof Skip && !required.has(error.needs)) {
      return { kind: "skipped", why: error.message };
    }
    const why =
      error instanceof Broken ? `broken: ${error.message}` : String((error as Error).stack ?? error);
    return { kind: "failed", why };
  } finally {
    for (const undo of undoing.reverse()) {
      await undo();
    }
  }
}
