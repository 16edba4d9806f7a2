import type { WatchOutcome } from "../commands/watch.ts";
import { watch } from "../commands/watch.ts";
import { summarize } from "../report/render-run.ts";
import type { Shell } from "./shell.ts";

/**
 * Watches until Ctrl-C. Findings go to standard output, everything else to standard error; with `--format json` each run
 * that did something is an object a line.
 * @returns 0, or 130 where a run was interrupted
 */
export async function watchInShell(
  shell: Shell,
  options: Readonly<Record<string, unknown>>,
): Promise<number> {
  let isFirst = true;
  let isBroken = false;
  const onOutcome = (outcome: WatchOutcome) => {
    if (outcome.kind === "failed") {
      isBroken = true;
      shell.report(outcome.findings);
      shell.tell("Nothing was written: the last good output stays. Waiting for the mend.");
      return;
    }
    const { result, milliseconds } = outcome;
    const isNews = isFirst || isBroken || result.written.length + result.removed.length > 0;
    isFirst = false;
    isBroken = false;
    if (isNews) {
      if (shell.format === "json") {
        shell.print(`${JSON.stringify(result)}\n`);
      }
      shell.tell(summarize(result, milliseconds));
    }
    // The spinner of a run that had nothing to say.
    shell.progress.stop();
  };
  const interrupted = await watch({
    ...shell,
    noCache: options.cache === false,
    unpatched: options.unpatched === true,
    only: options.only as string | undefined,
    onOutcome,
    onWatching: (folders) => shell.tell(`Watching ${folders} folders. Ctrl-C ends it.`),
  });
  return interrupted ? 130 : 0;
}
