import { createServer, type ServerResponse } from "node:http";
import { createStateWatcher } from "../events.ts";
import { listen } from "../listen.ts";

/** What the server answers. */
export type KeySetMode =
  /** The key set. */
  | { readonly kind: "normal" }
  /** A status without a key set. */
  | { readonly kind: "status"; readonly status: number }
  /** The connection breaks. */
  | { readonly kind: "reset" }
  /** Nothing, until the mode changes: then what that one says. */
  | { readonly kind: "hang" }
  /** Status 302 to this URL. */
  | { readonly kind: "redirect"; readonly location: string }
  /** Status 200 with this text. */
  | { readonly kind: "text"; readonly text: string };

/** A server that publishes a key set, and can fail. */
export interface KeySetServer extends AsyncDisposable {
  /** For example "http://127.0.0.1:40123/jwks". */
  readonly url: string;
  /** How many requests came so far. */
  readonly requests: number;
  /** What is published: change it to rotate keys. */
  keySet: { readonly keys: readonly object[] };
  /** Changes what is answered, from now on, to those who wait as well. */
  setMode(mode: KeySetMode): void;
  /** Resolves once `count` requests came. */
  untilRequests(count: number): Promise<void>;
  close(): Promise<void>;
}

/** Starts a key-set server on a free port of the loopback interface. */
export async function startKeySetServer(keySet: { readonly keys: readonly object[] }): Promise<KeySetServer> {
  const watcher = createStateWatcher();
  const waiting = new Set<ServerResponse>();
  let published = keySet;
  let mode: KeySetMode = { kind: "normal" };
  let requests = 0;

  const server = createServer((_, response) => {
    requests++;
    answer(response);
    watcher.changed();
  });
  const answer = (response: ServerResponse): void => {
    switch (mode.kind) {
      case "normal":
        response.setHeader("content-type", "application/jwk-set+json");
        response.end(JSON.stringify(published));
        break;
      case "status":
        response.writeHead(mode.status).end("no key set");
        break;
      case "reset":
        response.destroy();
        break;
      case "hang":
        waiting.add(response);
        response.on("close", () => waiting.delete(response));
        break;
      case "redirect":
        response.writeHead(302, { location: mode.location }).end();
        break;
      case "text":
        response.end(mode.text);
        break;
    }
  };
  const { url, close: stop } = await listen(server);
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await stop();
  };
  return {
    url: `${url}/jwks`,
    get requests() {
      return requests;
    },
    get keySet() {
      return published;
    },
    set keySet(next) {
      published = next;
    },
    setMode(next) {
      mode = next;
      for (const response of [...waiting]) {
        waiting.delete(response);
        answer(response);
      }
    },
    untilRequests: (count) => watcher.until(() => requests >= count),
    close,
    [Symbol.asyncDispose]: close,
  };
}
