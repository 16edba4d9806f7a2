import { expect, it } from "vitest";
import { createTokenSigner } from "../identity-provider/index.ts";
import { startKeySetServer } from "./index.ts";

it("publishes a key set, and counts who asks", async () => {
  const first = createTokenSigner("one").keySet;
  const second = createTokenSigner("two", "EdDSA").keySet;
  await using server = await startKeySetServer(first);
  expect(await (await fetch(server.url)).json()).toEqual(first);
  server.keySet = second;
  expect(await (await fetch(server.url)).json()).toEqual(second);
  expect(server.requests).toBe(2);
});

it("fails as it is told", async () => {
  const { keySet } = createTokenSigner();
  await using server = await startKeySetServer(keySet);
  server.setMode({ kind: "status", status: 503 });
  expect((await fetch(server.url)).status).toBe(503);
  server.setMode({ kind: "text", text: "no JSON" });
  expect(await (await fetch(server.url)).text()).toBe("no JSON");
  server.setMode({ kind: "redirect", location: "http://127.0.0.1:9/" });
  expect((await fetch(server.url, { redirect: "manual" })).status).toBe(302);
  server.setMode({ kind: "reset" });
  await expect(fetch(server.url)).rejects.toThrow("fetch failed");
  server.setMode({ kind: "hang" });
  const waiting = fetch(server.url);
  await server.untilRequests(5);
  server.setMode({ kind: "normal" });
  expect(await (await waiting).json()).toEqual(keySet);
});
