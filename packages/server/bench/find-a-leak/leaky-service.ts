/** The service of docs/diagnostics.md, with a leak, and a client that keeps it busy. Runs until SIGTERM. */
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { EchoService } from "@wirehouse/proto-testkit/v1";
import { createServer } from "@wirehouse/server";

/** Asks another service for names. The bug: a question that is never answered has no timeout, and is kept for good. */
class Directory {
  readonly #waiting: { user: number; path: number[]; answer: (name: string) => void }[] = [];
  readonly #connected = Promise.resolve();

  async lookUp(user: number): Promise<string> {
    await this.#connected;
    const { promise, resolve } = Promise.withResolvers<string>();
    const answer = (name: string): void => resolve(`${name} (${user})`);
    this.#waiting.push({ user, path: [user, user, user, user, user, user, user, user], answer });
    return promise;
  }
}

const directory = new Directory();
const server = createServer({
  auth: { insecure: true },
  diagnostics: { port: 0, version: "1.4.2" },
  routes: (router) =>
    router.service(EchoService, {
      unaryEcho({ text }) {
        // Nobody waits for these: they only refresh a cache.
        for (let user = 0; user < 100; user++) {
          void directory.lookUp(user);
        }
        return { text };
      },
    }),
});
const { url } = await server.listen({ signals: ["SIGTERM"] });
console.log(JSON.stringify({ url, diagnostics: server.diagnosticsUrl }));

const client = createClient(EchoService, createGrpcTransport({ baseUrl: url }));
while (!server.draining.aborted) {
  await client.unaryEcho({ text: "hello" }).catch(() => undefined);
}
