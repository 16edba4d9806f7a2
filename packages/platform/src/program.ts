import { Code, ConnectError } from "@connectrpc/connect";
import { Command, InvalidArgumentError } from "commander";
import { PlatformError } from "./errors.ts";

/**
 * Runs a command line to its exit code: 0; 1 for an error, whose message goes to standard error; 2 for a wrong option or
 * environment; 130 when a signal came before it was done.
 */
export async function runProgram(define: (program: Command) => void | Promise<void>): Promise<void> {
  const program = new Command().exitOverride((error) => {
    process.exit(error.exitCode === 0 ? 0 : 2);
  });
  await define(program);
  try {
    await program.parseAsync();
  } catch (error) {
    if (error instanceof StoppedError) {
      process.stderr.write("stopped\n");
      process.exitCode = 130;
      return;
    }
    process.stderr.write(`error: ${describe(error)}\n`);
    process.exitCode = error instanceof PlatformError && error.code === "invalid_options" ? 2 : 1;
  }
}

/** A signal that asked the program to end. */
export class StoppedError extends Error {
  override readonly name = "StoppedError";
}

/** What signals there were. */
export interface StopSignals {
  /** Aborts with a `StoppedError` at the first. */
  readonly first: AbortSignal;
  /** Resolves at the first. */
  readonly received: Promise<undefined>;
  /** Aborts when the user insists. */
  readonly again: AbortSignal;
}

/** npx and pnpm pass on what the terminal has sent to all: two signals of one Ctrl-C come within this time. */
const oneKeypressMs = 500;

/** Listens for SIGINT, SIGTERM and SIGHUP from here on. */
export function stopSignals(now: () => number = () => performance.now()): StopSignals {
  const first = new AbortController();
  const again = new AbortController();
  const { promise, resolve } = Promise.withResolvers<undefined>();
  let firstAt: number | undefined;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (firstAt === undefined) {
        firstAt = now();
        first.abort(new StoppedError(`stopped by ${signal}`));
        resolve(undefined);
      } else if (now() - firstAt > oneKeypressMs) {
        again.abort();
      }
    });
  }
  return { first: first.signal, received: promise, again: again.signal };
}

/** For commander: the first of three ports. */
export function parsePort(text: string): number {
  return parseInteger(text, 0, 65_533);
}

/** For commander: a number of seconds. */
export function parseSeconds(text: string): number {
  return parseInteger(text, 2, 86_400);
}

function parseInteger(text: string, least: number, most: number): number {
  if (!/^\d+$/.test(text) || Number(text) < least || Number(text) > most) {
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  }
  return Number(text);
}

function describe(error: unknown): string {
  if (error instanceof ConnectError) {
    return `${Code[error.code]}: ${error.rawMessage}`;
  }
  return error instanceof Error ? error.message : String(error);
}
