import { setTimeout as sleep } from "node:timers/promises";
import { clientCredentialsTokenSource, type TokenSource } from "@wirehouse/interceptors/auth";
import { openDatabases } from "../stores.ts";
import { type Identity, type Store, startDocuments, startIdentity } from "../targets.ts";
import { dropper, type Stage, uploader, watcher, worker } from "./actors.ts";
import { connect } from "./connection.ts";
import { bounds, growth, type Sample, takeSample } from "./samples.ts";
import { createTally, type Tally } from "./tally.ts";

export interface SoakOptions {
  readonly store: Store;
  readonly folder: string;
  readonly minutes: number;
  readonly log: (line: string) => void;
}

/** Seconds: each token source asks again before each end, and each watch is ended by one. */
const tokenSeconds = 5;
const samplesPerMinute = 4;

/**
 * Both services under a mixed load, with tokens that end all the time and clients that come, go and vanish. It passes when no
 * call failed, no watcher missed or repeated a change, and memory after a forced garbage collection is flat.
 */
export async function soak({
  store,
  folder,
  minutes,
  log,
}: SoakOptions): Promise<{ passed: boolean; report: string }> {
  const databases = await openDatabases(store, folder);
  const stops = [databases.stop];
  try {
    const identity = await startIdentity(
      folder,
      "identity",
      await databases.create("identity"),
      tokenSeconds,
    );
    stops.push(identity.process.stop);
    const documents = await startDocuments(
      folder,
      "documents",
      await databases.create("documents"),
      identity,
    );
    stops.push(documents.stop);

    const tally = createTally();
    const ended = new AbortController();
    const sources = Array.from({ length: 3 }, () => tokensOf(identity, tally));
    let turn = 0;
    const stage: Stage = {
      connect: () => connect(documents.url, sources[turn++ % sources.length] as TokenSource),
      tally,
      signal: ended.signal,
    };
    const play = Promise.all([
      ...Array.from({ length: 4 }, () => worker(stage, 500)),
      ...Array.from({ length: 20 }, () => watcher(stage)),
      uploader(stage, 2000),
      dropper(stage, 1000),
    ]);

    const services = [
      { name: "document-service", url: documents.diagnosticsUrl as string, samples: [] as Sample[] },
      { name: "identity-service", url: identity.process.diagnosticsUrl as string, samples: [] as Sample[] },
    ];
    const started = performance.now();
    for (let taken = 1; taken <= minutes * samplesPerMinute; taken++) {
      const at = started + (taken * 60_000) / samplesPerMinute;
      await Promise.race([sleep(Math.max(0, at - performance.now())), play]);
      for (const { name, url, samples } of services) {
        const sample = await takeSample(url, (performance.now() - started) / 60_000);
        samples.push(sample);
        log(`${name} ${format(sample)}`);
      }
    }
    ended.abort();
    await play;
    return report(services, tally);
  } finally {
    for (const stop of stops.reverse()) {
      await stop();
    }
  }
}

function tokensOf({ process, username, secret }: Identity, tally: Tally): TokenSource {
  return clientCredentialsTokenSource({
    endpoint: `${process.url}/oauth2/token`,
    client: { id: username, secret },
    onRefresh: ({ kind }) => tally.add(`tokens ${kind}`),
  });
}

function report(
  services: readonly { name: string; samples: readonly Sample[] }[],
  tally: Tally,
): { passed: boolean; report: string } {
  let passed = (tally.counts.get("errors") ?? 0) === 0;
  const lines = [
    "| service | minute | heap MiB | RSS MiB | handles | streams |",
    "| --- | --- | --- | --- | --- | --- |",
  ];
  for (const { name, samples } of services) {
    for (const [index, sample] of samples.entries()) {
      if ((index + 1) % samplesPerMinute === 0) {
        lines.push(`| ${name} | ${format(sample)} |`);
      }
    }
  }
  lines.push("");
  for (const { name, samples } of services) {
    const { heapMb, rssMb, isFlat } = growth(samples);
    passed &&= isFlat;
    lines.push(
      `${name}: heap ${heapMb.toFixed(3)} MiB/min (bound ${bounds.heapMb}), RSS ${rssMb.toFixed(3)} MiB/min (bound ${bounds.rssMb}): ${isFlat ? "flat" : "grows"}`,
    );
  }
  lines.push([...tally.counts].map(([name, count]) => `${count.toLocaleString("en")} ${name}`).join(", "));
  lines.push(`${tally.counts.get("errors") ?? 0} errors`, ...tally.errors);
  return { passed, report: lines.join("\n") };
}

function format({ minute, heapMb, rssMb, handles, streams }: Sample): string {
  return [minute.toFixed(2), heapMb.toFixed(1), rssMb.toFixed(0), handles, streams].join(" | ");
}
