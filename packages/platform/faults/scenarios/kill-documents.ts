import type { PostgresCluster } from "@partner/storage/testing";
import { checkDocuments } from "../check/documents.ts";
import { inspect } from "../check/rows.ts";
import { connect } from "../harness/clients.ts";
import { documentEnv, startIssuer } from "../harness/people.ts";
import { expect, type Scenario } from "../harness/scenario.ts";
import { ServiceProcess } from "../harness/service-process.ts";
import type { StoreKind } from "../harness/stores.ts";
import { until } from "../harness/until.ts";
import { workOnDocuments } from "../work/document-worker.ts";
import { Ledger } from "../work/ledger.ts";

const workers = 16;

/** Kills the document service, and PostgreSQL, with SIGKILL in the middle of writes, again and again. */
export function killDocuments(store: StoreKind): Scenario {
  return {
    name: "documents: kill -9 in the middle of writes",
    store,
    async run({ stores, random, quick, defer, note }) {
      const writes = quick ? 200 : 1000;
      const kills = quick ? 4 : 20;
      const cluster = store === "postgres" ? await stores.cluster() : undefined;
      const url =
        cluster === undefined ? await stores.url("sqlite") : await cluster.createDatabase("documents");
      const issuer = await startIssuer(await stores.url("sqlite"));
      defer(() => issuer.close());
      const members = [await issuer.join(), await issuer.join()];
      const service = await new ServiceProcess({ name: "document", env: documentEnv(issuer, url) }).start();
      defer(() => service.kill());

      const ledger = new Ledger();
      let stopped = false;
      const connections = members.map(({ token }) => connect(service.url, token));
      defer(() => connections.map((connection) => connection.close()));
      const work = Promise.all(
        Array.from({ length: workers }, (_, index) =>
          workOnDocuments({
            member: members[index % members.length] as (typeof members)[number],
            random: random.fork(),
            ledger,
            connection: () => connections[index % members.length] as (typeof connections)[number],
            stopped: () => stopped,
          }),
        ),
      );
      work.catch(() => undefined);
      let databaseKills = 0;
      let serviceKills = 0;
      try {
        while (serviceKills + databaseKills < kills || ledger.acknowledged < writes) {
          const goal = ledger.acknowledged + random.integer(10, Math.ceil((2 * writes) / kills));
          await Promise.race([
            work,
            until(
              "writes go on",
              60_000,
              () => ledger.acknowledged >= goal || undefined,
              random.integer(1, 9),
            ),
          ]);
          if (cluster !== undefined && random.next() < 0.4) {
            await cluster.kill("SIGKILL");
            await cluster.start();
            databaseKills++;
          } else {
            await service.kill("SIGKILL");
            await service.start();
            serviceKills++;
          }
          note(`${serviceKills + databaseKills} kills, ${ledger.acknowledged} writes acknowledged`);
        }
      } finally {
        stopped = true;
      }
      await work;
      await killLast(service, cluster);

      const db = await inspect(url);
      defer(() => db.close());
      const report = await checkDocuments(db);
      const lost = ledger.missing(report);
      expect(lost.length === 0, "no acknowledged write is lost", lost.slice(0, 5));
      expect(report.problems.length === 0, "nothing is written by half", report.problems.slice(0, 5));
      return {
        "acknowledged writes": ledger.acknowledged,
        "kills of the service": serviceKills,
        ...(cluster === undefined ? {} : { "kills of PostgreSQL": databaseKills }),
        "calls that failed": [...ledger.failures.values()].reduce((sum, count) => sum + count, 0),
        lost: 0,
        "half-written": 0,
      };
    },
  };
}

async function killLast(service: ServiceProcess, cluster: PostgresCluster | undefined): Promise<void> {
  await service.kill("SIGKILL");
  await cluster?.kill("SIGKILL");
  await cluster?.start();
}
