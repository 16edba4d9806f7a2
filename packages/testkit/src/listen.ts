import type { Server as NetServer } from "node:net";
import { TestkitError } from "./errors.ts";

/** Listens on a free port of 127.0.0.1. Nothing outside this machine can connect. */
export async function listen(server: NetServer): Promise<{ url: string; close(): Promise<void> }> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") {
    throw new TestkitError("not_listening", "the server has no TCP address: it was closed while it started");
  }
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve, reject) =>
        server.close((error) => (error === undefined ? resolve() : reject(error))),
      ),
  };
}
