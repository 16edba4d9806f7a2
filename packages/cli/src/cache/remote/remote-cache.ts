import type { OutputFile } from "../entry.ts";
import type { OutputCache } from "../store.ts";
import { Breaker, type Fault } from "./breaker.ts";
import { Budget } from "./budget.ts";
import type { RemoteSettings } from "./config.ts";
import { type Answer, concurrency, HttpClient } from "./http-client.ts";
import {
  maxEntryBytes,
  maxResultBytes,
  packEntry,
  readRemoteEntry,
  readResult,
  resultKey,
} from "./remote-entry.ts";

export interface RemoteCacheOptions {
  /** Told at most once, whatever goes wrong. */
  readonly warn: (message: string) => void;
  /** Milliseconds of a clock that only goes forward. */
  readonly now?: () => number;
}

/**
 * A cache that a team shares, over the HTTP protocol of Bazel's remote cache
 * (https://bazel.build/remote/caching#http-caching): `GET` and `PUT` of `/ac/<key>` for results and of
 * `/cas/<digest>` for large entries. Nothing that the server does or does not do fails a run or makes it wait
 * longer than `timeoutMs` and the time that its answers saved, once for lookups and once for uploads.
 */
export class RemoteCache {
  readonly #settings: RemoteSettings;
  readonly #client: HttpClient;
  readonly #breaker: Breaker;
  readonly #now: () => number;
  readonly #uploads: { unitKey: string; files: readonly OutputFile[] }[] = [];
  readonly #lanes = new Set<Promise<void>>();
  #budget: Budget | undefined;
  #uploaded = 0;

  constructor(settings: RemoteSettings, { warn, now = () => performance.now() }: RemoteCacheOptions) {
    this.#settings = settings;
    this.#now = now;
    this.#client = new HttpClient(settings);
    this.#breaker = new Breaker(settings.url, { warn, onOpen: () => this.#client.stop() });
  }

  get url(): string {
    return this.#settings.url;
  }

  /** Whether it failed so that it is not asked any more. */
  get isLeftAlone(): boolean {
    return this.#breaker.isOpen;
  }

  /**
   * Asks for the entries of many units at a time. Ends before all are asked for when the remote cache fails,
   * when it saves less time than it takes, or when `signal` is aborted.
   * @returns what was found and is sound, by unit key
   */
  async fetch(
    unitKeys: readonly string[],
    options: { signal?: AbortSignal | undefined; onStep?: () => void } = {},
  ): Promise<ReadonlyMap<string, OutputFile[]>> {
    const { signal, onStep } = options;
    const found = new Map<string, OutputFile[]>();
    // In the order of their digests, which is none: the first answers tell what the others will be like.
    const queue = [...new Set(unitKeys)].sort();
    const total = queue.length;
    let asked = 0;
    const stop = () => this.#client.stop();
    const budget = new Budget(this.#settings.timeoutMs, stop, this.#now);
    signal?.addEventListener("abort", stop);
    const lane = async () => {
      while (!this.#breaker.isOpen && !budget.isSpent && signal?.aborted !== true) {
        const key = queue.pop();
        if (key === undefined) {
          return;
        }
        const entry = await this.#lookUp(key);
        if (entry !== "stopped") {
          asked++;
          onStep?.();
        }
        if (typeof entry === "object") {
          found.set(key, entry.files);
          budget.earn(1, entry.bytes);
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(concurrency, total) }, lane));
    budget.stop();
    signal?.removeEventListener("abort", stop);
    // Misses save nothing either, but they do not speak against uploads.
    const answerMs = (budget.elapsed * concurrency) / asked;
    if (budget.isSpent && answerMs > this.#settings.timeoutMs / 4) {
      const seconds = (budget.elapsed / 1000).toFixed(1);
      const message = `is too slow to help: ${asked} of ${total} lookups in ${seconds} s`;
      this.#breaker.report({ message, isFinal: true });
    }
    return found;
  }

  /** The local cache; what is put into it is uploaded too, in the background, if the mode is `read-write`. */
  recording(local: OutputCache): OutputCache {
    if (this.#settings.mode !== "read-write") {
      return local;
    }
    return {
      get: (key) => local.get(key),
      put: (unitKey, files) => {
        local.put(unitKey, files);
        this.#upload(unitKey, files);
      },
    };
  }

  /** Waits for uploads as long as they are worth it, then closes all connections. */
  async close(): Promise<void> {
    const budget = new Budget(this.#settings.timeoutMs, () => this.#client.stop(), this.#now);
    this.#budget = budget;
    const before = this.#uploaded;
    while (this.#lanes.size > 0) {
      await Promise.all(this.#lanes);
    }
    budget.stop();
    if (budget.isSpent) {
      const seconds = (budget.elapsed / 1000).toFixed(1);
      const message = `is too slow: ${this.#uploaded - before} uploads in ${seconds} s, ${this.#uploads.length} were not begun`;
      this.#breaker.report({ message, isFinal: true });
    }
    this.abort();
  }

  /** Drops what is under way and closes all connections. */
  abort(): void {
    this.#uploads.length = 0;
    this.#client.close();
  }

  async #lookUp(unitKey: string): Promise<{ files: OutputFile[]; bytes: number } | "stopped" | undefined> {
    const result = await this.#client.get(`ac/${resultKey(unitKey)}`, maxResultBytes);
    if (result.kind !== "ok") {
      return this.#pass(result);
    }
    const stored = readResult(unitKey, result.body);
    if (stored === undefined) {
      this.#breaker.report(damaged("a result"));
      return undefined;
    }
    let bytes = stored.contents ?? Buffer.alloc(0);
    if (bytes.length === 0) {
      const blob = await this.#client.get(`cas/${stored.hash}`, Math.min(stored.size, maxEntryBytes));
      if (blob.kind !== "ok") {
        return this.#pass(blob); // A server may drop a blob before the result that names it.
      }
      bytes = blob.body;
    }
    const files = readRemoteEntry(stored, bytes);
    if (files === undefined) {
      this.#breaker.report(damaged("an entry"));
      return undefined;
    }
    return { files, bytes: bytes.length };
  }

  #pass(answer: Exclude<Answer, { kind: "ok" }>): "stopped" | undefined {
    if (answer.kind === "fault") {
      this.#breaker.report(answer.fault);
    }
    return answer.kind === "stopped" ? "stopped" : undefined;
  }

  #upload(unitKey: string, files: readonly OutputFile[]): void {
    if (this.#breaker.isOpen) {
      return;
    }
    this.#uploads.push({ unitKey, files });
    if (this.#lanes.size < concurrency) {
      const lane = this.#uploadAll().finally(() => this.#lanes.delete(lane));
      this.#lanes.add(lane);
    }
  }

  async #uploadAll(): Promise<void> {
    while (!this.#breaker.isOpen && this.#budget?.isSpent !== true) {
      const next = this.#uploads.shift();
      if (next === undefined) {
        return;
      }
      const { result, blob, bytes } = packEntry(next.unitKey, next.files);
      // The blob first: servers refuse a result, or do not give it out, while what it names is not there.
      const first =
        bytes > maxEntryBytes || blob === undefined
          ? undefined
          : await this.#client.put(`cas/${blob.hash}`, blob.bytes);
      const last =
        bytes > maxEntryBytes || (first !== undefined && first.kind !== "ok")
          ? first
          : await this.#client.put(`ac/${resultKey(next.unitKey)}`, result);
      if (last?.kind === "fault") {
        this.#breaker.report(last.fault);
      } else if (last?.kind === "ok") {
        this.#uploaded++;
        this.#budget?.earn(1, bytes);
      }
    }
  }
}

function damaged(what: string): Fault {
  return { message: `gave ${what} that is not what was put there`, isFinal: false };
}
