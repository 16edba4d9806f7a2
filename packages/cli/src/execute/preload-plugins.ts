import type { PluginProgram } from "./programs.ts";
import type { WorkerPool, WorkerProgram } from "./worker-pool.ts";

/** Has the workers of a pool load the plugins that run in workers, so that the next run need not wait for that. */
export function preloadPlugins(
  pool: WorkerPool,
  programs: readonly PluginProgram[],
  unpatched: boolean,
): void {
  for (const program of programs) {
    const { plugin, timeoutMs } = program;
    if (plugin.kind === "module") {
      void pool.preload(workerProgram(plugin.file, program, unpatched), { timeoutMs });
    }
  }
}

/** What a worker is told of a program. */
export function workerProgram(
  file: string,
  { identity }: Pick<PluginProgram, "identity">,
  unpatched: boolean,
): WorkerProgram {
  return { file, unpatched, identity: `${identity.kind === "known" ? identity.digest : ""} ${unpatched}` };
}
