import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Sample } from "../closed-loop.ts";
import { description, labels } from "../servers/fixture.ts";
import type { Case } from "./case.ts";
import { connectTo } from "./clients.ts";

const watchers = 500;
const connections = 10;
const writesPerSecond = 10;

/** Watchers of everything, while documents are created at a fixed rate: from the start of a write to each delivery. */
export const watchCase: Case = {
  name: `WatchDocuments: ${watchers} watchers, ${writesPerSecond} writes/s`,
  unit: "deliveries",
  needsStore: true,
  async prepare(target) {
    const opened = Array.from({ length: connections }, () => connectTo(target));
    const writer = connectTo(target);
    const ended = new AbortController();
    /** By title: when the write began, and who was told. */
    const writes = new Map<string, { started: number; told: number }>();
    let latenciesMs: number[] = [];
    let failure: unknown;

    const ready: Promise<void>[] = [];
    for (let index = 0; index < watchers; index++) {
      const { client } = opened[index % connections] as (typeof opened)[number];
      const caughtUp = Promise.withResolvers<void>();
      ready.push(caughtUp.promise);
      const watch = async (): Promise<void> => {
        for await (const { message } of client.watchDocuments({}, { signal: ended.signal })) {
          if (message.case === "heartbeat") {
            caughtUp.resolve();
          } else if (message.case === "event") {
            const write = writes.get(message.value.document?.title ?? "");
            if (write !== undefined) {
              write.told++;
              latenciesMs.push(performance.now() - write.started);
            }
          }
        }
      };
      watch().catch((error: unknown) => {
        if (!ended.signal.aborted) {
          failure = error;
          caughtUp.reject(error);
        }
      });
    }
    await Promise.all(ready);

    return {
      async run(seconds): Promise<Sample> {
        latenciesMs = [];
        writes.clear();
        const started = performance.now();
        const count = Math.round(seconds * writesPerSecond);
        const calls: Promise<unknown>[] = [];
        for (let index = 0; index < count; index++) {
          // By the clock, and not so long after the one before: a slow service must not be asked less.
          await sleep(Math.max(0, started + (index * 1000) / writesPerSecond - performance.now()));
          const title = randomUUID();
          writes.set(title, { started: performance.now(), told: 0 });
          const document = { title, description, labels };
          calls.push(writer.client.createDocument({ document, idempotencyKey: randomUUID() }));
        }
        await Promise.all(calls);
        const deadline = performance.now() + 30_000;
        while (latenciesMs.length < count * watchers) {
          if (failure !== undefined || performance.now() > deadline) {
            throw new Error(`${latenciesMs.length} of ${count * watchers} deliveries came`, {
              cause: failure,
            });
          }
          await sleep(5);
        }
        if ([...writes.values()].some(({ told }) => told !== watchers)) {
          throw new Error("a watcher was told twice, and another one not");
        }
        return { latenciesMs, seconds: (performance.now() - started) / 1000 };
      },
      close() {
        ended.abort();
        for (const connection of [...opened, writer]) {
          connection.close();
        }
      },
    };
  },
};
