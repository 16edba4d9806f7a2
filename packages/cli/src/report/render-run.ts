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

/** The closing line of a run. */
export function summarize(result: GenerateResult, milliseconds: number): string {
  const { files, units, ran, written, removed } = result;
  const time =
    milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
  return `${files} files up to date: ${written.length} written, ${removed.length} removed; ${ran} of ${units} units generated, ${units - ran} reused (${time})`;
}
