import yoctoSpinner from "yocto-spinner";
import type { Progress } from "../execute/produce.ts";

export interface TerminalProgress extends Progress {
  /** Takes the line away, so that results stand alone. */
  stop(): void;
}

/** Shows the phase of a run, its count and its rate on a terminal; a stream that is none is left alone. */
export function terminalProgress(stream: NodeJS.WriteStream, now: () => number = Date.now): TerminalProgress {
  if (!stream.isTTY) {
    return { phase: () => {}, step: () => {}, stop: () => {} };
  }
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
