import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { childEnvironment } from "../io/child-environment.ts";
import type { WorkerAnswer, WorkerJob } from "./plugin-worker.ts";

/** How a job ended besides what the plugin answered. */
export type JobResult =
  | WorkerAnswer
  | { readonly id: number; readonly kind: "timeout" | "aborted" }
  | { readonly id: number; readonly kind: "crashed"; readonly message: string };

interface Pending {
  /** The program's file: a worker that has loaded it is preferred. */
  readonly file: string;
  readonly job: () => Omit<WorkerJob, "id">;
  readonly limits: JobLimits;
  readonly resolve: (result: JobResult) => void;
}

/** A program that a worker can load. */
export type WorkerProgram = Pick<WorkerJob, "file" | "identity" | "unpatched">;

/** What ends a job before the plugin does. */
export interface JobLimits {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

interface Seat {
  worker: Worker | undefined;
  busy: boolean;
  /** The programs that the worker has loaded, by file: a program that has changed needs a new worker. */
  readonly loaded: Map<string, string>;
}

/**
 * Runs plugin requests in worker threads, one at a time a worker, at most one worker a core. A worker whose
 * plugin hangs or crashes is ended and replaced; the jobs of the others go on.
 */
export class WorkerPool {
  readonly #seats: Seat[];
  readonly #queue: Pending[] = [];
  /** Programs that turned out to be no plugin that a worker can load, so that the next job does not try again. */
  readonly #notLoadable = new Set<string>();
  #nextId = 1;

  constructor(size = availableParallelism()) {
    this.#seats = Array.from({ length: Math.max(1, size) }, () => ({
      worker: undefined,
      busy: false,
      loaded: new Map(),
    }));
  }

  /** How many workers there are by now. */
  get workers(): number {
    return this.#seats.filter((seat) => seat.worker !== undefined).length;
  }

  /**
   * @param file the program's
   * @param job made when a worker is free for it, so that waiting jobs take no memory
   */
  run(file: string, job: () => Omit<WorkerJob, "id">, limits: JobLimits): Promise<JobResult> {
    return new Promise((resolve) => {
      this.#queue.push({ file, job, limits, resolve });
      this.#next();
    });
  }

  /** Has a worker load a program that none has loaded yet. A failure is the next job's to tell. */
  async preload(program: WorkerProgram, limits: JobLimits): Promise<void> {
    const isLoaded = this.#seats.some((seat) => seat.loaded.get(program.file) === program.identity);
    if (!isLoaded && !this.#notLoadable.has(programOf(program))) {
      const job = () => ({
        ...program,
        parameter: "",
        generate: [],
        descriptors: [],
        bytes: new Uint8Array(),
        isLoadOnly: true,
      });
      await this.run(program.file, job, limits);
    }
  }

  /** Ends all workers. Jobs that have not ended by then never will. */
  async close(): Promise<void> {
    this.#queue.length = 0;
    await Promise.all(this.#seats.map((seat) => seat.worker?.terminate()));
  }

  #next(): void {
    const [pending] = this.#queue;
    const idle = this.#seats.filter((seat) => !seat.busy);
    if (pending !== undefined && idle.length > 0) {
      const [seat] = idle.toSorted((a, b) => preference(a, pending.file) - preference(b, pending.file));
      if (seat !== undefined) {
        this.#queue.shift();
        this.#start(seat, pending);
      }
    }
  }

  #start(seat: Seat, { job, limits: { timeoutMs, signal }, resolve }: Pending): void {
    const message = { ...job(), id: this.#nextId++ } satisfies WorkerJob;
    const { id } = message;
    if (this.#notLoadable.has(programOf(message))) {
      resolve({ id, kind: "not-loadable" });
      this.#next();
      return;
    }
    seat.busy = true;
    if ((seat.loaded.get(message.file) ?? message.identity) !== message.identity) {
      discardWorker(seat);
    }
    seat.loaded.set(message.file, message.identity);
    seat.worker ??= createWorker();
    const worker = seat.worker;
    worker.ref();

    const settle = (result: JobResult, discard: boolean) => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      worker.off("message", onMessage);
      worker.off("error", onError);
      worker.off("exit", onExit);
      if (discard) {
        discardWorker(seat);
      } else {
        worker.unref();
      }
      seat.busy = false;
      resolve(result);
      this.#next();
    };
    const onMessage = (answer: WorkerAnswer) => {
      const isLoadable = answer.kind !== "not-loadable";
      if (!isLoadable) {
        this.#notLoadable.add(programOf(message));
      }
      // A program that was started as a plugin of its own may still be at work in the worker, or end it.
      settle(answer, !isLoadable);
    };
    const onError = (reason: unknown) =>
      settle(
        { id, kind: "crashed", message: reason instanceof Error ? reason.message : String(reason) },
        true,
      );
    const onExit = (code: number) =>
      settle({ id, kind: "crashed", message: `exited with code ${code}` }, true);
    const onAbort = () => settle({ id, kind: "aborted" }, true);
    const timer = setTimeout(() => settle({ id, kind: "timeout" }, true), timeoutMs);
    worker.on("message", onMessage);
    worker.on("error", onError);
    worker.on("exit", onExit);
    if (signal?.aborted) {
      onAbort();
      return;
    }
    signal?.addEventListener("abort", onAbort, { once: true });
    worker.postMessage(message, [message.bytes.buffer]);
  }
}

/** Lower is better: what has loaded the program, then what has loaded the fewest others. */
function preference({ loaded }: Seat, file: string): number {
  return loaded.has(file) ? -1 : loaded.size;
}

function programOf({ file, identity }: WorkerProgram): string {
  return `${identity} ${file}`;
}

function discardWorker(seat: Seat): void {
  void seat.worker?.terminate();
  seat.worker = undefined;
  seat.loaded.clear();
}

function createWorker(): Worker {
  // Run from source in the workspace and from dist/ when packed.
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const worker = new Worker(new URL(`./plugin-worker.${extension}`, import.meta.url), {
    env: childEnvironment(),
    stdout: true,
    stderr: true,
  });
  // What a plugin prints has no place in our results. Its errors arrive as exceptions.
  worker.stdout.resume();
  worker.stderr.resume();
  return worker;
}
