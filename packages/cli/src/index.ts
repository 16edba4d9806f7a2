/**
 * The commands as functions, for programs that build on them. Each takes the workspace's root as `cwd` and throws a
 * {@link WirehouseError} where the command line would end with an error.
 */
export { type BreakingOptions, type BreakingResult, breaking } from "./commands/breaking.ts";
export { check } from "./commands/check.ts";
export type { RunOptions } from "./commands/context.ts";
export { type GenerateResult, generate, type PlanStep, planGenerate } from "./commands/generate.ts";
export { lint } from "./commands/lint.ts";
export { type ErrorCode, WirehouseError } from "./errors.ts";
export type { Finding } from "./report/finding.ts";
