import yoctoSpinner from "yocto-spinner";
import type { ShownProgress } from "./progress.ts";

/** Milliseconds after which something that still runs is named. */
const slowMs = 1000;

/** Shows the phase of a run, its count, its rate, and what has been running longest on a terminal. */
export function terminalProgress(
  stream: NodeJS.WriteStream,
  now: () => number = () => performance.now(),
): ShownProgress {
  const spinner = yoctoSpinner({ stream });
  /** What runs, oldest first. */
  const running = new Map<symbol, { readonly what: string; readonly since: number }>();
  let name = "";
  let total: number | undefined;
  let done = 0;
  let started = 0;
  const show = () => {
    const seconds = (now() - started) / 1000;
    const count = total === undefined ? "" : ` ${done}/${total}`;
    const rate = total !== undefined && seconds > 0.5 && done > 0 ? `, ${Math.round(done / seconds)}/s` : "";
    const [slowest] = running.values();
    const age = slowest === undefined ? 0 : now() - slowest.since;
    const slow = slowest && age >= slowMs ? ` (${slowest.what}: ${Math.floor(age / 1000)} s)` : "";
    const text = `${name}${count}${rate}${slow}`;
    // One row: the spinner takes back only the row it is on where the terminal is narrower than it says.
    spinner.text = text.length + 3 > stream.columns ? `${text.slice(0, stream.columns - 4)}…` : text;
  };
  let timer: NodeJS.Timeout | undefined;
  return {
    phase(next, count) {
      name = next;
      total = count;
      done = 0;
      started = now();
      show();
      if (!spinner.isSpinning) {
        spinner.start();
        timer = setInterval(show, slowMs).unref();
      }
    },
    step(count) {
      done += count;
      show();
    },
    begin(what) {
      const key = Symbol(what);
      running.set(key, { what, since: now() });
      return () => {
        running.delete(key);
        show();
      };
    },
    stop() {
      clearInterval(timer);
      spinner.stop();
    },
  };
}
