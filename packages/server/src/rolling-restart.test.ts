/**
 * Prevents that a deployment is seen by callers: of two servers behind a balancer of connections one gets SIGTERM while clients
 * call without a pause. Their calls in flight finish, and what comes after goes to the other one.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createClient } from "@connectrpc/connect";
import { retry } from "@wirehouse/interceptors/retry";
import { EchoService } from "@wirehouse/proto-testkit/v1";
import { openTransport } from "@wirehouse/testkit/servers";
import { expect, it } from "vitest";
import { startBalancer } from "./testing/balancer.ts";

const clients = 8;
const inFlight = 16;
// All calls of a connection may fail at once: at half of the tokens nothing is retried any more.
const budget = { tokens: 4 * inFlight, ratio: 0.1 };

it.each(["grpc", "connect"] as const)("no caller with `retry` notices, over %s", async (protocol) => {
  const servers = [startServer(), startServer()];
  try {
    const ports = await Promise.all(servers.map(async ({ url }) => Number(new URL(await url).port)));
    await using balancer = await startBalancer(ports);
    const [leaving] = servers;
    const exited = once(leaving?.child as ChildProcess, "exit");
    let done = 0;
    let reached = (): unknown => undefined;
    let stopping = false;
    const failures: unknown[] = [];
    const opened = Array.from({ length: clients }, () =>
      openTransport(protocol, balancer.url, [retry({ budget })]),
    );
    const loops = opened.flatMap(({ transport }) => {
      const echo = createClient(EchoService, transport);
      return Array.from({ length: inFlight }, async () => {
        while (!stopping) {
          // Without side effects, as its proto says: the retry interceptor may repeat it.
          await echo.unaryEcho({ text: "hello" }).catch((error: unknown) => failures.push(error));
          done++;
          reached();
        }
      });
    });
    const until = (count: number) =>
      new Promise<void>((resolve) => {
        reached = () => done >= count && resolve();
        reached();
      });
    await until(500);
    expect(balancer.connections).toEqual([clients / 2, clients / 2]);
    leaving?.child.kill("SIGTERM");
    expect(await exited).toEqual([0, null]);
    await until(done + 500);
    stopping = true;
    await Promise.all(loops);
    expect(failures).toEqual([]);
    // Those of the server that left have come over, each over one new connection.
    expect(balancer.connections).toEqual([clients / 2, clients]);
    await Promise.all(opened.map((one) => one.close()));
  } finally {
    for (const { child } of servers) {
      child.kill("SIGKILL");
    }
  }
});

function startServer() {
  const child = fork(new URL("./testing/shutdown-process.ts", import.meta.url), {
    env: { ...process.env, GRACE_MS: "20000" },
    execArgv: [],
  });
  const url = once(child, "message").then(([message]) => (message as { url: string }).url);
  return { child, url };
}
