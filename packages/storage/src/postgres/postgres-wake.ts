import { randomUUID } from "node:crypto";
import pg from "pg";
import { waitMs } from "../internal/retry.ts";
import type { WakeListeners } from "../internal/wake-listeners.ts";
import type { ResolvedOptions } from "../options.ts";
import { clientConfig } from "./postgres-pool.ts";

/** The one PostgreSQL channel that all wakes go through; PostgreSQL limits the number of channels by memory only, and their names to 63 bytes. */
const channelName = "wirehouse_wake";

/** Names a payload carries at most: 30 of 200 characters stay under the 8000 bytes of a notification. */
const namesAtOnce = 9;

interface Payload {
  from: string;
  channels: string[];
}

/** Carries wakes between replicas, on a connection of its own that is made when the first listener comes. */
export class PostgresWake {
  readonly #id = randomUUID();
  readonly #listeners: WakeListeners;
  readonly #config: pg.ClientConfig;
  readonly #options: ResolvedOptions;
  readonly #notify: (channel: string, payload: string) => Promise<unknown>;
  readonly #pending = new Set<string>();
  #flushing: Promise<void> | undefined;
  #client: pg.Client | undefined;
  #started = false;
  #closed = false;

  constructor(
    connectionString: string,
    options: ResolvedOptions,
    listeners: WakeListeners,
    notify: (channel: string, payload: string) => Promise<unknown>,
  ) {
    this.#config = clientConfig(connectionString, options);
    this.#options = options;
    this.#listeners = listeners;
    this.#notify = notify;
  }

  wake(channel: string): void {
    this.#listeners.wake(channel);
    this.#pending.add(channel);
    this.#flushing ??= this.#flush();
  }

  onWake(channel: string, listener: () => void): () => void {
    const stop = this.#listeners.add(channel, listener);
    if (!this.#started && !this.#closed) {
      this.#started = true;
      void this.#listen();
    }
    return stop;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#flushing;
    await this.#client?.end();
  }

  async #flush(): Promise<void> {
    // Wakes of one turn go together, and those that come while one is sent go with the next.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#pending.size > 0) {
      const channels = [...this.#pending].slice(0, namesAtOnce);
      for (const channel of channels) {
        this.#pending.delete(channel);
      }
      const payload: Payload = { from: this.#id, channels };
      try {
        await this.#notify(channelName, JSON.stringify(payload));
      } catch {
        // Only a hint: who listens polls as well.
      }
    }
    this.#flushing = undefined;
  }

  async #listen(): Promise<void> {
    for (let failures = 0; !this.#closed; ) {
      const client = new pg.Client(this.#config);
      const ended = Promise.withResolvers<unknown>();
      client.on("error", (error) => ended.resolve(error));
      client.on("end", () => ended.resolve(undefined));
      client.on("notification", (message) => this.#receive(message.payload));
      let cause: unknown;
      try {
        await client.connect();
        await client.query(`listen ${channelName}`);
        if (this.#closed) {
          await client.end();
          return;
        }
        this.#client = client;
        if (failures > 0) {
          this.#options.onEvent({ kind: "listen_restored" });
        }
        failures = 0;
        // What was sent before we listened.
        this.#listeners.wakeAll();
        cause = await ended.promise;
      } catch (error) {
        cause = error;
      }
      this.#client = undefined;
      client.end().catch(() => undefined);
      if (this.#closed) {
        return;
      }
      failures++;
      const wait = waitMs(failures, this.#options.random);
      this.#options.onEvent({ kind: "listen_lost", cause, waitMs: wait });
      await this.#options.sleep(wait);
    }
  }

  #receive(payload: string | undefined): void {
    const { from, channels } = JSON.parse(payload ?? "{}") as Partial<Payload>;
    if (from === this.#id) {
      return;
    }
    for (const channel of channels ?? []) {
      this.#listeners.wake(channel);
    }
  }
}
