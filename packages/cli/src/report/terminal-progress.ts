import yoctoSpinner from "yocto-spinner";
import type { ShownProgress } from "./progress.ts";

/** Shows the phase of a run, its count and its rate on a terminal. */
export function terminalProgress(stream: NodeJS.WriteStream, now: () => number = Date.now): ShownProgress {
  const spinner = yoctoSpinner({ stream });
  let name = "";
  let total: number | undefined;
  let done = 0;
  let started = 0;
  const show = () => {
    const seconds = (now() - started) / 1000;
    const rate = seconds > 0.5 && done > 0 ? `, ${Math.round(done / seconds)}/s` : "";
    spinner.text = total === undefined ? name : `${name} ${done}/${total}${rate}`;
  };
  return {
    phase(next, count) {
      name = next;
      total = count;
      done = 0;
      started = now();
      show();
      if (!spinner.isSpinning) {
        spinner.start();
      }
    },
    step(count) {
      done += count;
      show();
    },
    stop() {
      spinner.stop();
    },
  };
}
