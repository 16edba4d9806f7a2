import { randomUUID } from "node:crypto";
import { HealthCheckResponse_ServingStatus as Serving } from "@wirehouse/proto-grpc-health/v1";
import { checkDocuments } from "../check/documents.ts";
import { inspect } from "../check/rows.ts";
import { type Connection, codeOf, connect } from "../harness/clients.ts";
import { documentEnv, startIssuer } from "../harness/people.ts";
import type { Random } from "../harness/random.ts";
import { expect, type Scenario } from "../harness/scenario.ts";
import { ServiceProcess } from "../harness/service-process.ts";
import { until } from "../harness/until.ts";
import { gapIn, watchByCursor } from "../work/watcher.ts";

const clients = 50;
const watchers = 5;

/** Stops PostgreSQL in its ways under 50 clients, once for so long that the service says that it is not ready. */
export const databaseRestart: Scenario = {
  name: "database restarted under load",
  store: "postgres",
  async run({ stores, random, quick, defer, note }) {
    const cluster = await stores.cluster();
    const url = await cluster.createDatabase("documents");
    const issuer = await startIssuer(await stores.url("sqlite"));
    defer(() => issuer.close());
    const member = await issuer.join();
    const service = await new ServiceProcess({ name: "document", env: documentEnv(issuer, url) }).start();
    defer(() => service.kill());
    const connections = Array.from({ length: 10 }, () => connect(service.url, member.token));
    defer(() => connections.map((connection) => connection.close()));
    const [first] = connections as [Connection];
    const pid = service.pid;

    const { watchCursor } = await first.documents.listDocuments({});
    const following = Array.from({ length: watchers }, () => watchByCursor(() => first, watchCursor));
    const codes = new Map<string, number>();
    const last = { okAt: new Array<number>(clients).fill(0) };
    let calls = 0;
    let stopped = false;
    const load = Promise.all(
      Array.from({ length: clients }, (_, index) =>
        callOn(
          connections[index % connections.length] as Connection,
          random.fork(),
          () => stopped,
          (code) => {
            calls++;
            if (code === "ok") {
              last.okAt[index] = performance.now();
            } else {
              codes.set(code, (codes.get(code) ?? 0) + 1);
            }
          },
        ),
      ),
    );
    load.catch(() => undefined);
    const serving = async (): Promise<boolean> =>
      (await first.health.check({ service: "" })).status === Serving.SERVING;
    await until("ready at first", 15_000, async () => (await serving()) || undefined);

    const recoveries: number[] = [];
    const readiness: number[] = [];
    const ways = quick ? (["SIGKILL"] as const) : (["SIGINT", "SIGKILL", "SIGINT", "SIGKILL"] as const);
    for (const [round, signal] of ways.entries()) {
      const busy = calls;
      await Promise.race([load, until("load", 60_000, () => calls > busy + 200 || undefined)]);
      await cluster.kill(signal);
      if (round === 0) {
        await until("not ready without a database", 30_000, async () => !(await serving()) || undefined, 100);
      }
      await cluster.start();
      const back = performance.now();
      await Promise.race([
        load,
        until("each client is served again", 30_000, () => last.okAt.every((at) => at > back) || undefined),
      ]);
      recoveries.push(Math.max(...last.okAt.map((at) => Math.min(at, performance.now()))) - back);
      await until("ready again", 30_000, async () => (await serving()) || undefined);
      readiness.push(performance.now() - back);
      note(`${signal}: recovered`);
    }
    stopped = true;
    await load;
    expect(service.pid === pid, "the service is not restarted");
    const other = [...codes.keys()].filter((code) => code !== "Unavailable");
    expect(other.length === 0, "calls fail with Unavailable only", other);

    const db = await inspect(url);
    defer(() => db.close());
    const report = await checkDocuments(db);
    expect(report.problems.length === 0, "nothing is written by half", report.problems.slice(0, 5));
    const changes = report.events.size;
    for (const watcher of following) {
      await until("watchers catch up", 15_000, () => watcher.sequences.length >= changes || undefined);
      await watcher.stop();
      const gap = gapIn(watcher.sequences, 1, changes);
      expect(gap === undefined, "a watcher sees each change once", gap);
      const odd = [...watcher.codes].filter((code) => code !== "Unavailable");
      expect(odd.length === 0, "streams end with Unavailable only", odd);
    }
    return {
      restarts: ways.length,
      clients,
      calls,
      "calls that failed, all Unavailable": codes.get("Unavailable") ?? 0,
      "wrong answers": 0,
      "each client served again after (ms, at most)": Math.round(Math.max(...recoveries)),
      "ready again after (ms, at most)": Math.round(Math.max(...readiness)),
      "changes that each of 5 watchers saw once": changes,
    };
  },
};

/** One client: writes and reads a document of its own, and looks whether what it reads is what it wrote. */
async function callOn(
  { documents }: Connection,
  random: Random,
  stopped: () => boolean,
  took: (outcome: string) => void,
): Promise<void> {
  const key = randomUUID();
  let documentId: string | undefined;
  /** What the title may be: a write whose outcome is open leaves two. */
  let titles = new Set<string>(["new"]);
  while (!stopped()) {
    try {
      if (documentId === undefined) {
        documentId = (await documents.createDocument({ document: { title: "new" }, idempotencyKey: key }))
          .document?.documentId;
      } else if (random.next() < 0.5) {
        const title = `title ${random.integer(0, 1e9)}`;
        titles.add(title);
        await documents.updateDocument({ document: { documentId, title }, updateMask: { paths: ["title"] } });
        titles = new Set([title]);
      } else {
        const title = (await documents.getDocument({ documentId })).document?.title ?? "";
        expect(titles.has(title), "a read gives what was written", title);
        titles = new Set([title]);
      }
      took("ok");
    } catch (error) {
      if (error instanceof Error && error.name === "Broken") {
        throw error;
      }
      took(codeOf(error));
      await new Promise((resolve) => setTimeout(resolve, random.integer(50, 150)));
    }
  }
}
