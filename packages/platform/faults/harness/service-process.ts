import { type ChildProcess, spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Order } from "./in-service.ts";

export type ServiceName = "identity" | "document";

/** A line of a service's log. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly url?: string;
  readonly diagnosticsUrl?: string;
  readonly [field: string]: unknown;
}

/** How to start a service. */
export interface ServiceSettings {
  readonly name: ServiceName;
  /** Its environment: nothing else is passed on. */
  readonly env: Readonly<Record<string, string>>;
  /** A command that starts it: such as one that gives it a disk of its own. Default: none. */
  readonly through?: readonly string[];
}

/** A service in a process of its own, that can be killed and started again on the same port. */
export class ServiceProcess {
  /** Warnings and errors. */
  readonly log: LogLine[] = [];
  url = "";
  diagnosticsUrl = "";
  readonly #settings: ServiceSettings;
  #child: ChildProcess | undefined;

  constructor(settings: ServiceSettings) {
    this.#settings = settings;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Resolves when it listens. */
  async start(): Promise<this> {
    const { name, env, through = [] } = this.#settings;
    const preload = fileURLToPath(new URL("./in-service.ts", import.meta.url));
    const folder = dirname(fileURLToPath(import.meta.resolve(`@partner/${name}-service/package.json`)));
    const main = [process.execPath, "--expose-gc", "--import", preload, join(folder, "src/main.ts")];
    const [command = "", ...args] = [...through, ...main];
    const child = spawn(command, args, {
      env: {
        PATH: process.env.PATH,
        NODE_COMPILE_CACHE: join(tmpdir(), "wirehouse-faults-compile-cache"),
        DIAGNOSTICS_PORT: "0",
        SHUTDOWN_GRACE_SECONDS: "2",
        ...env,
        PORT: this.url === "" ? (env.PORT ?? "0") : new URL(this.url).port,
      },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    this.#child = child;
    const listening = Promise.withResolvers<LogLine>();
    child.stdout?.setEncoding("utf8").on(
      "data",
      lines((line) => this.#take(line, listening.resolve)),
    );
    child.stderr?.setEncoding("utf8").on(
      "data",
      lines((line) => this.#take(line, listening.resolve)),
    );
    child.once("exit", (code, signal) => {
      listening.reject(
        new Error(`${name}-service ended (${signal ?? code}): ${JSON.stringify(this.log.slice(-5))}`),
      );
    });
    const { url = "", diagnosticsUrl = "" } = await listening.promise;
    this.url = url;
    this.diagnosticsUrl = diagnosticsUrl;
    return this;
  }

  /** Ends it with a signal, and waits for its end. SIGKILL: as if the power went, but for what the kernel holds. */
  async kill(signal: "SIGKILL" | "SIGTERM" = "SIGKILL"): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) {
      return;
    }
    const exited = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await exited;
  }

  /** Moves its clock against the true one. */
  async shiftClock(ms: number): Promise<void> {
    await this.#order({ shiftClockMs: ms });
  }

  /** Bytes on its heap after a collection. */
  async heapBytes(): Promise<number> {
    return ((await this.#order({ weigh: true })) as { heapBytes: number }).heapBytes;
  }

  /** What its diagnostics say of it. */
  async status(): Promise<ServiceStatus> {
    return (await (await fetch(`${this.diagnosticsUrl}/healthz`)).json()) as ServiceStatus;
  }

  async #order(order: Order): Promise<unknown> {
    const child = this.#child as ChildProcess;
    const answer = new Promise((resolve) => child.once("message", resolve));
    child.send(order);
    return await answer;
  }

  #take(line: string, listening: (line: LogLine) => void): void {
    let read: LogLine;
    try {
      read = JSON.parse(line) as LogLine;
    } catch {
      read = { level: "error", message: line };
    }
    if (read.message === "listening") {
      listening(read);
    } else if (read.level !== "info") {
      this.log.push(read);
    }
  }
}

export interface ServiceStatus {
  readonly status: "serving" | "not_serving";
  readonly open: { readonly connections: number; readonly streams: number; readonly calls: number };
  readonly handles: Readonly<Record<string, number>>;
}

/** Cuts what a stream says into lines. */
function lines(take: (line: string) => void): (text: string) => void {
  let rest = "";
  return (text) => {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts.filter((line) => line !== "")) {
      take(part);
    }
  };
}
