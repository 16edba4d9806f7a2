import type { GenerateResult, PlanStep } from "../commands/generate.ts";
import type { Format } from "./render.ts";

/** The plan of a run: a line a step, or a JSON object a line. */
export function renderPlan(steps: readonly PlanStep[], format: Format): string {
  if (format === "json") {
    return steps.map((step) => `${JSON.stringify(step)}\n`).join("");
  }
  if (steps.length === 0) {
    return "Nothing to do.\n";
  }
  return steps
    .map(({ action, what, why }) => `${action.padEnd(6)} ${what}\n         because ${why}\n`)
    .join("");
}

/** The closing line of a run: what there is, where it came from, what was done, and how long it took. */
export function summarize(result: GenerateResult, milliseconds: number): string {
  const { files, units, ran, restored, written, removed } = result;
  const unchanged = units - ran - restored;
  const time =
    milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
  return `${files} files up to date: ${ran} units generated, ${restored} from the cache, ${unchanged} unchanged; ${written.length} files written, ${removed.length} removed (${time})`;
}
