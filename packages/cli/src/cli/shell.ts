import { type ErrorCode, WirehouseError } from "../errors.ts";
import type { Finding } from "../report/finding.ts";
import type { ShownProgress } from "../report/progress.ts";
import { silent } from "../report/progress.ts";
import { type Format, renderFindings } from "../report/render.ts";

/** The options that every command takes. */
export interface GlobalOptions {
  readonly cwd: string;
  readonly format: Format;
  readonly quiet: boolean;
  readonly color: "auto" | "always" | "never";
}

/** What a command is given besides its own options: where it runs, and the ways to say something. */
export interface Shell {
  readonly cwd: string;
  readonly format: Format;
  /** Aborted by the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  readonly progress: ShownProgress;
  /** A result on standard output. */
  print(text: string): void;
  /** Findings on standard output, in the form that --format asks for. */
  report(findings: readonly Finding[]): void;
  /** A line for people on standard error; left out with --quiet. */
  tell(line: string): void;
  /** Something that went wrong and that no result depends on. */
  readonly warn: (message: string) => void;
}

/** Runs a command and turns how it ended into an exit code. What no user can mend is left to crash. */
export async function inShell(
  options: GlobalOptions,
  command: (shell: Shell) => Promise<number>,
): Promise<number> {
  const abort = new AbortController();
  const onSignal = () => abort.abort();
  // A stream that is no terminal, as in CI, is left alone.
  const progress =
    process.stderr.isTTY && !options.quiet
      ? (await import("../report/terminal-progress.ts")).terminalProgress(process.stderr)
      : silent;
  const useColor = wantsColor(options.color, process.stdout);
  const tell = (line: string) => {
    progress.stop();
    process.stderr.write(`${line}\n`);
  };
  const shell: Shell = {
    cwd: options.cwd,
    format: options.format,
    signal: abort.signal,
    progress,
    print(text) {
      progress.stop();
      process.stdout.write(text);
    },
    report(findings) {
      progress.stop();
      process.stdout.write(renderFindings(findings, options.format, useColor));
    },
    tell: options.quiet ? () => {} : tell,
    warn: (message) => tell(`warning: ${message}`),
  };
  process.once("SIGINT", onSignal);
  process.once("SIGTERM", onSignal);
  try {
    return await command(shell);
  } catch (reason) {
    if (!(reason instanceof WirehouseError)) {
      throw reason;
    }
    shell.report(reason.findings);
    return exitCodes[reason.code];
  } finally {
    progress.stop();
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  }
}

/** 1: what was asked about is wrong. 2: the call or a configuration file is. 3: a tool or the machine failed. */
const exitCodes: Record<ErrorCode, number> = {
  USAGE: 2,
  CONFIG: 2,
  PROTO: 1,
  BUF: 3,
  PLUGIN: 3,
  OUTPUT: 3,
  IO: 3,
  LOCKED: 3,
  CHANGED: 3,
  INTERRUPTED: 130,
};

/** https://no-color.org and the stream itself decide, unless the user does. */
function wantsColor(color: GlobalOptions["color"], stream: NodeJS.WriteStream): boolean {
  return color === "always" || (color === "auto" && stream.isTTY && !process.env.NO_COLOR);
}
