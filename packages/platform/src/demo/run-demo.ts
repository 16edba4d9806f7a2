import { setTimeout } from "node:timers/promises";
import type { RefreshEvent } from "@wirehouse/interceptors/auth";
import { type Connection, connect } from "../documents/connect.ts";
import { PlatformError } from "../errors.ts";
import { download, sync, unary, upload, watch } from "./parts.ts";
import { expect, type Stage } from "./stage.ts";
import { type Attempt, observeWire } from "./wire.ts";

/** What to run against, and for how long. */
export interface DemoOptions {
  readonly connection: Connection;
  /** How long the parts go on, in seconds. */
  readonly seconds: number;
  readonly print: (line: string) => void;
  /** Ends it early; it then rejects. */
  readonly signal: AbortSignal;
}

/** What happened. */
export interface DemoReport {
  readonly refreshes: number;
  readonly attempts: readonly Attempt[];
}

/**
 * Works with documents in five ways at once while tokens end all the time, and prints what goes over the wire.
 *
 * @throws PlatformError `demo_failed`: something did not keep working. `invalid_options`: tokens live too long for the demo
 *   to show anything.
 */
export async function runDemo({ connection, seconds, print, signal }: DemoOptions): Promise<DemoReport> {
  const startedAt = performance.now();
  const say = (part: string, text: string): void => {
    const at = ((performance.now() - startedAt) / 1000).toFixed(3).padStart(8);
    print(`${at} s  ${part.padEnd(8)}  ${text}`);
  };
  const attempts: Attempt[] = [];
  const wire = observeWire((attempt) => {
    attempts.push(attempt);
    if (attempt.code !== "OK" || attempt.number > 1) {
      say("wire", describeAttempt(attempt));
    }
  });
  let refreshes = 0;
  const connectFor = (who: string, believed: { believedLifetimeMs?: number } = {}) =>
    connect({
      ...connection,
      ...believed,
      onRefresh: (event) => {
        refreshes += event.kind === "refreshed" && event.generation > 1 ? 1 : 0;
        say("token", `${who}: ${describeRefresh(event)}`);
      },
      outer: [wire.outer],
      inner: [wire.inner],
    });
  const { documents, tokens } = connectFor("streams");
  // Ahead of its end, or once a server refuses it: both ways to renew a token are to be seen. Who takes its tokens for good
  // for an hour renews none ahead.
  const { documents: others } = connectFor("unary", { believedLifetimeMs: 3_600_000 });

  const lifetime = readLifetime((await tokens.get()).value());
  if (lifetime * 2 > seconds) {
    throw new PlatformError(
      "invalid_options",
      `tokens live ${lifetime} s there, so none would end in ${seconds} s: run longer, or start the platform with --token-seconds 2`,
    );
  }
  const { watchCursor: cursor } = await documents.listDocuments({ pageSize: 1 });
  const until = performance.now() + seconds * 1000;
  const ending = new AbortController();
  const either = AbortSignal.any([ending.signal, signal]);
  const stage: Stage = {
    documents,
    others,
    cursor,
    signal: either,
    durationMs: seconds * 1000,
    goesOn: () => performance.now() < until,
    sleep: (ms) => setTimeout(ms, undefined, { signal: either }),
    say,
  };
  const parts = { unary: unary(stage), upload: upload(stage), download: download(stage), sync: sync(stage) };
  const following = watch(stage, Promise.all(Object.values(parts)));
  const all = Object.entries({ ...parts, watch: following });
  const results = await Promise.all(all.map(async ([part, result]) => [part, await result] as const)).finally(
    () => {
      // When one has failed, the others need not go on.
      ending.abort();
      signal.throwIfAborted();
    },
  );

  const replays = attempts.filter(({ number, code }) => number > 1 && code === "OK").length;
  expect(
    refreshes >= 2 && replays >= 1,
    "token",
    `${refreshes} refreshes, ${replays} replays: run it longer`,
  );
  print("");
  for (const [part, result] of results) {
    print(`${part.padEnd(8)}  ${result}`);
  }
  print("");
  printWire(attempts, print);
  print(
    `\neverything kept working across ${refreshes} refreshes of tokens that live ${lifetime} s, ${replays} of them noticed by a refused call that was made again`,
  );
  return { refreshes, attempts };
}

/** A line an RPC: how many calls and attempts, and how they ended. */
function printWire(attempts: readonly Attempt[], print: (line: string) => void): void {
  print(`${"on the wire".padEnd(18)}${"calls".padStart(7)}${"attempts".padStart(10)}  ended`);
  const methods = [...new Set(attempts.map(({ method }) => method))].sort();
  for (const method of methods) {
    const own = attempts.filter((attempt) => attempt.method === method);
    const calls = own.filter(({ number }) => number === 1).length;
    const codes = new Map<string, number>();
    for (const { code } of own) {
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    const ended = [...codes].map(([code, count]) => `${count} ${code}`).join(", ");
    print(`${method.padEnd(18)}${`${calls}`.padStart(7)}${`${own.length}`.padStart(10)}  ${ended}`);
  }
}

function describeRefresh(event: RefreshEvent): string {
  const took = `in ${Math.round(event.durationMs)} ms`;
  switch (event.kind) {
    case "refreshed":
      return `number ${event.generation} fetched ${took}`;
    case "unchanged":
      return `the endpoint gave the same one ${took}`;
    case "failed":
      return `none was to be had: ${event.error.message}`;
  }
}

function describeAttempt({ method, number, code, durationMs }: Attempt): string {
  const after = durationMs < 1000 ? `${Math.round(durationMs)} ms` : `${(durationMs / 1000).toFixed(1)} s`;
  return `${method}, attempt ${number}: ${code} after ${after}`;
}

/** How long the issuer says that its tokens live, in seconds. */
function readLifetime(token: string): number {
  const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as {
    exp: number;
    iat: number;
  };
  return claims.exp - claims.iat;
}
