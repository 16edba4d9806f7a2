// What the services cost and how they hold up: throughput, latency, CPU and memory, on both stores, next to the same handlers on
// plain connect-node, and to peers; or, with --soak, minutes of mixed load with flat memory. Wants an idle machine; Linux only.
// Run: pnpm bench:services [--only CASE] [--store sqlite|postgres] [--json] [--once] [--soak MINUTES]
import { mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { contentCases } from "./cases/content.ts";
import { tokenCase } from "./cases/tokens.ts";
import { unaryCases } from "./cases/unary.ts";
import { watchCase } from "./cases/watch.ts";
import { type Figures, measureCase } from "./measure.ts";
import { formatFigures } from "./report.ts";
import { soak } from "./soak/soak.ts";
import { openDatabases } from "./stores.ts";
import {
  requestToken,
  type Store,
  startBare,
  startDocuments,
  startIdentity,
  startPeers,
  type Target,
} from "./targets.ts";

const { values: options } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    store: { type: "string" },
    json: { type: "boolean", default: false },
    once: { type: "boolean", default: false },
    soak: { type: "string" },
  },
});
const stores = (["sqlite", "postgres"] satisfies Store[]).filter(
  (store) => options.store === undefined || options.store === store,
);
if (stores.length === 0) {
  throw new Error("--store is sqlite or postgres");
}

const folder = mkdtempSync(join(tmpdir(), "wirehouse-bench-"));
try {
  if (options.soak === undefined) {
    await bench();
  } else {
    const minutes = Number(options.soak);
    if (!(minutes >= 1)) {
      throw new Error("--soak is how many minutes, 1 or more");
    }
    for (const store of options.store === undefined ? (["sqlite"] as const) : stores) {
      const { passed, report } = await soak({ store, folder, minutes, log: (line) => console.error(line) });
      console.log(report);
      process.exitCode = passed ? process.exitCode : 1;
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function bench(): Promise<void> {
  const runs = options.once
    ? { rounds: 1, seconds: 1, warmUpSeconds: 0.3 }
    : { rounds: 3, seconds: 2, warmUpSeconds: 0.5 };
  const figures: Figures[] = [];
  const loads = [loadavg()[0] ?? 0];
  for (const store of stores) {
    const databases = await openDatabases(store, folder);
    const stops: (() => Promise<void>)[] = [databases.stop];
    try {
      const identity = await startIdentity(folder, `identity-${store}`, await databases.create("identity"));
      stops.push(identity.process.stop);
      const full = await startDocuments(
        folder,
        `full-${store}`,
        await databases.create("documents"),
        identity,
      );
      stops.push(full.stop);
      const bare = await startBare(folder, `bare-${store}`, await databases.create("bare"));
      stops.push(bare.stop);
      // Peers have no store: once is enough.
      const peers = store === stores[0] ? await startPeers(folder) : [];
      stops.push(...peers.map((peer) => peer.process.stop));
      const authorization = `Bearer ${await requestToken(identity)}`;
      const targets: Target[] = [
        { stack: "full", store, process: full, authorization: () => authorization },
        { stack: "bare", store, process: bare, authorization: () => undefined },
        ...peers,
      ];
      const issuer: Target = {
        stack: "full",
        store,
        process: identity.process,
        authorization: () => undefined,
      };
      const plan = [
        ...[...unaryCases, watchCase, ...contentCases].map((one) => ({ one, targets })),
        ...[1, 8].map((inFlight) => ({ one: tokenCase(identity, inFlight), targets: [issuer] })),
      ];
      for (const { one, targets: on } of plan.filter(({ one }) => one.name.includes(options.only))) {
        console.error(`${store}: ${one.name}`);
        figures.push(...(await measureCase(one, on, runs)));
        loads.push(loadavg()[0] ?? 0);
      }
    } finally {
      for (const stop of stops.reverse()) {
        await stop();
      }
    }
  }
  const load = `load ${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}`;
  console.log(
    options.json
      ? JSON.stringify({ load, figures }, undefined, 2)
      : `${formatFigures(figures)}\n\n${load}, Node.js ${process.version}, medians of ${runs.rounds}.`,
  );
}
