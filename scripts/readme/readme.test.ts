/**
 * Prevents that the README shows a server and a client that do not understand each other. That the README shows these
 * files, and nothing else, is the business of scripts/docs.
 */
import { once } from "node:events";
import type { ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import { Code, ConnectError } from "@connectrpc/connect";
import { expect, it } from "vitest";
import { readTitle } from "./client.ts";
import { serve } from "./server.ts";

it("the server and the client of the README understand each other", async () => {
  const sessions = new Set<ServerHttp2Session>();
  const server = serve(0).on("session", (session) => sessions.add(session));
  try {
    await once(server, "listening");
    const baseUrl = `http://localhost:${(server.address() as AddressInfo).port}`;
    expect(await readTitle(baseUrl, "0198c5f2-7a10-7000-8000-000000000001")).toBe("Contract");
    const refusal = await readTitle(baseUrl, "none").catch((reason: unknown) => reason);
    expect(ConnectError.from(refusal).code).toBe(Code.NotFound);
  } finally {
    for (const session of sessions) {
      session.destroy();
    }
    server.close();
    await once(server, "close");
  }
});
