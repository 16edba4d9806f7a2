import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { WorkerAnswer, WorkerJob } from "./plugin-worker.ts";

/** How a job ended besides what the plugin answered. */
export type JobResult =
  | WorkerAnswer
  | { readonly id: number; readonly kind: "timeout" | "aborted" }
  | { readonly id: number; readonly kind: "crashed"; readonly message: string };

interface Pending {
  readonly job: () => Omit<WorkerJob, "id">;
  readonly timeoutMs: number;
  readonly resolve: (result: JobResult) => void;
}

interface Seat {
  worker: Worker | undefined;
  busy: boolean;
}

/**
 * Runs plugin requests in worker threads, one at a time a worker, at most one worker a core. A worker whose
 * plugin hangs or crashes is ended and replaced; the jobs of the others go on.
 */
export class WorkerPool {
  readonly #seats: Seat[];
  readonly #queue: Pending[] = [];
  readonly #signal: AbortSignal | undefined;
  #nextId = 1;

  constructor(signal?: AbortSignal, size = availableParallelism()) {
    this.#seats = Array.from({ length: Math.max(1, size) }, () => ({ worker: undefined, busy: false }));
    this.#signal = signal;
  }

  /** @param job made when a worker is free for it, so that waiting jobs take no memory */
  run(job: () => Omit<WorkerJob, "id">, timeoutMs: number): Promise<JobResult> {
    return new Promise((resolve) => {
      this.#queue.push({ job, timeoutMs, resolve });
      this.#next();
    });
  }

  /** Ends all workers. Jobs that have not ended by then never will. */
  async close(): Promise<void> {
    await Promise.all(this.#seats.map((seat) => seat.worker?.terminate()));
  }

  #next(): void {
    const seat = this.#seats.find((candidate) => !candidate.busy);
    if (seat !== undefined) {
      const pending = this.#queue.shift();
      if (pending !== undefined) {
        this.#start(seat, pending);
      }
    }
  }

  #start(seat: Seat, { job, timeoutMs, resolve }: Pending): void {
    const id = this.#nextId++;
    seat.busy = true;
    seat.worker ??= createWorker();
    const worker = seat.worker;
    worker.ref();

    const settle = (result: JobResult, discard: boolean) => {
      clearTimeout(timer);
      this.#signal?.removeEventListener("abort", onAbort);
      worker.off("message", onMessage);
      worker.off("error", onError);
      worker.off("exit", onExit);
      if (discard) {
        seat.worker = undefined;
        void worker.terminate();
      } else {
        worker.unref();
      }
      seat.busy = false;
      resolve(result);
      this.#next();
    };
    const onMessage = (answer: WorkerAnswer) => settle(answer, false);
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
    if (this.#signal?.aborted) {
      onAbort();
      return;
    }
    this.#signal?.addEventListener("abort", onAbort, { once: true });
    const message = { ...job(), id } satisfies WorkerJob;
    worker.postMessage(message, [message.bytes.buffer]);
  }
}

function createWorker(): Worker {
  // Run from source in the workspace and from dist/ when packed.
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const worker = new Worker(new URL(`./plugin-worker.${extension}`, import.meta.url), {
    stdout: true,
    stderr: true,
  });
  // What a plugin prints has no place in our results. Its errors arrive as exceptions.
  worker.stdout.resume();
  worker.stderr.resume();
  return worker;
}
