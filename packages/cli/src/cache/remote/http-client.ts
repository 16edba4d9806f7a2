import { type ClientRequest, Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { systemErrorCode } from "../../errors.ts";
import type { Fault } from "./breaker.ts";
import { bytesPerMs } from "./budget.ts";
import type { RemoteSettings } from "./config.ts";
import { Deadline } from "./deadline.ts";
import { boundedLookup } from "./host-lookup.ts";
import { statusFault } from "./status-fault.ts";

/** How a request ended. Expected outcomes, so values and not exceptions. */
export type Answer =
  | { readonly kind: "ok"; readonly body: Buffer }
  /** 404: the cache does not have it. */
  | { readonly kind: "absent" }
  | { readonly kind: "fault"; readonly fault: Fault }
  /** Given up by {@link HttpClient.stop}. */
  | { readonly kind: "stopped" };

/** Requests, and so connections, at a time. */
export const concurrency = 16;

/**
 * Requests to one remote cache over connections that are kept. Redirects are not followed, so that credentials
 * go nowhere else; bodies are read up to a limit; nothing of a request or an answer gets into a message but the
 * status. It does not use `fetch`, which cannot be made to let go of a connection that is being set up.
 */
export class HttpClient {
  readonly #settings: RemoteSettings;
  readonly #agent: HttpAgent;
  readonly #underWay = new Set<() => void>();

  constructor(settings: RemoteSettings) {
    this.#settings = settings;
    const options = {
      keepAlive: true,
      maxSockets: concurrency,
      lookup: boundedLookup(settings.timeoutMs),
    };
    this.#agent = settings.url.startsWith("https:") ? new HttpsAgent(options) : new HttpAgent(options);
  }

  /** @param maxBytes a longer body is a fault, and not read to its end */
  get(path: string, maxBytes: number): Promise<Answer> {
    return this.#send("GET", path, undefined, maxBytes);
  }

  put(path: string, body: Uint8Array): Promise<Answer> {
    return this.#send("PUT", path, body, 64_000);
  }

  /** Gives up all requests under way. Further ones may follow. */
  stop(): void {
    for (const stop of this.#underWay) {
      stop();
    }
  }

  /** Closes all connections. */
  close(): void {
    this.stop();
    this.#agent.destroy();
  }

  #send(
    method: "GET" | "PUT",
    path: string,
    body: Uint8Array | undefined,
    maxBytes: number,
  ): Promise<Answer> {
    return new Promise((resolve) => {
      const request = this.#open(method, path, body);
      const finish = (answer: Answer) => {
        deadline.stop();
        this.#underWay.delete(stop);
        resolve(answer);
      };
      const giveUp = (answer: Answer) => {
        finish(answer);
        request.destroy();
      };
      const stop = () => giveUp({ kind: "stopped" });
      const limitMs = this.#settings.timeoutMs + (body?.length ?? 0) / bytesPerMs;
      const deadline = new Deadline(limitMs, () =>
        giveUp(fault(`did not answer within ${this.#settings.timeoutMs} ms`, true)),
      );
      this.#underWay.add(stop);
      request.on("error", (reason) => finish(connectionFault(reason, method)));
      request.on("response", (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on("data", (chunk: Buffer) => {
          chunks.push(chunk);
          size += chunk.length;
          deadline.extend();
          if (size > maxBytes) {
            giveUp(fault("sent more than the entry can have", false));
          }
        });
        response.on("error", () => giveUp(fault("broke off an answer", false)));
        response.on("end", () => finish(read(method, response.statusCode ?? 0, Buffer.concat(chunks))));
      });
      request.end(body);
    });
  }

  #open(method: string, path: string, body: Uint8Array | undefined): ClientRequest {
    const { url, authorization } = this.#settings;
    const credentials = authorization();
    const open = url.startsWith("https:") ? httpsRequest : httpRequest;
    return open(`${url}/${path}`, {
      method,
      agent: this.#agent,
      headers: {
        "user-agent": "wirehouse",
        ...(credentials !== undefined && { authorization: credentials }),
        ...(body !== undefined && {
          "content-type": "application/octet-stream",
          "content-length": body.length,
        }),
      },
    });
  }
}

function read(method: "GET" | "PUT", status: number, body: Buffer): Answer {
  const isDone = method === "GET" ? status === 200 : status >= 200 && status < 300;
  if (isDone) {
    return { kind: "ok", body };
  }
  return method === "GET" && status === 404
    ? { kind: "absent" }
    : { kind: "fault", fault: statusFault(method, status) };
}

/** A server that refuses a large upload may close the connection before its answer is read: not final. */
function connectionFault(reason: Error, method: string): Answer {
  const code = systemErrorCode(reason) ?? "unknown error";
  const isCut = code === "ECONNRESET" || code === "EPIPE";
  return isCut
    ? fault(`broke off the connection (${method}, ${code})`, false)
    : fault(`cannot be reached (${code})`, true);
}

function fault(message: string, isFinal: boolean): Answer {
  return { kind: "fault", fault: { message, isFinal } };
}
