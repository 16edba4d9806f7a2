import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { callEcho, expectedTexts } from "@wirehouse/testkit/cases";
import { afterAll, describe, expect, it } from "vitest";
import type { ServerErrorEvent } from "./report.ts";
import { startEcho } from "./testing/echo.ts";
import { createSelfSigned } from "./testing/self-signed.ts";

const folder = mkdtempSync(join(tmpdir(), "wirehouse-tls-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const files = { certFile: join(folder, "tls.crt"), keyFile: join(folder, "tls.key"), reloadIntervalMs: 0 };
function write({ cert, key }: { cert: string; key: string }): void {
  writeFileSync(files.certFile, cert);
  writeFileSync(files.keyFile, key);
}

/** Node.js's client offers HTTP/1.1 unless told otherwise, by an option that its types do not know. */
const withoutAlpn: object = { ALPNProtocols: [] };

/** The common name of the certificate that a new connection is shown. */
async function shownName(port: number): Promise<string> {
  const socket = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false, ALPNProtocols: ["h2"] });
  await once(socket, "secureConnect");
  const name = `${socket.getPeerCertificate().subject.CN}`;
  socket.destroy();
  return name;
}

describe("TLS", () => {
  it.each(["1.1", "2"] as const)(
    "serves all protocols on one port over HTTP/%s, by ALPN",
    async (httpVersion) => {
      const material = createSelfSigned("one");
      await using echo = await startEcho({ tls: material });
      expect(echo.url).toMatch(/^https:/);
      const nodeOptions = { ca: material.cert };
      const options = { baseUrl: echo.url, httpVersion, nodeOptions };
      const transports = [
        createConnectTransport(options),
        createGrpcWebTransport(options),
        ...(httpVersion === "2" ? [createGrpcTransport({ baseUrl: echo.url, nodeOptions })] : []),
      ];
      for (const transport of transports) {
        expect(await callEcho("server_streaming", transport)).toEqual({
          delivered: expectedTexts("server_streaming"),
          error: undefined,
        });
      }
    },
  );

  it("takes a client without ALPN for one of HTTP/1.1", async () => {
    const material = createSelfSigned("one");
    await using echo = await startEcho({ tls: material });
    const sent = request(`${echo.url}/nothing`, { ca: material.cert, ...withoutAlpn }).end();
    const [response] = await once(sent, "response");
    expect(response.statusCode).toBe(404);
    response.resume();
  });

  it("reloads the certificate: new connections are shown it, old ones go on", async () => {
    write(createSelfSigned("old"));
    await using echo = await startEcho({ tls: files });
    const open = connectHttp2(echo.url, { rejectUnauthorized: false });
    await once(open, "connect");
    expect(await shownName(echo.port)).toBe("old");
    write(createSelfSigned("new"));
    await echo.server.reloadCertificates();
    expect(await shownName(echo.port)).toBe("new");
    const stream = open.request({ ":path": "/nothing" });
    const [head] = await once(stream, "response");
    expect(head[":status"]).toBe(404);
    open.destroy();
  });

  it.each([
    ["that is no certificate", { cert: "nothing", key: "nothing" }],
    ["whose key is of another", { cert: createSelfSigned("a").cert, key: createSelfSigned("b").key }],
  ])("keeps the old certificate in the place of one %s", async (_, broken) => {
    write(createSelfSigned("old"));
    await using echo = await startEcho({ tls: files });
    write(broken);
    await expect(echo.server.reloadCertificates()).rejects.toMatchObject({ code: "certificate_invalid" });
    expect(await shownName(echo.port)).toBe("old");
  });

  it("reads the files again by itself, and reports those it cannot use", async () => {
    write(createSelfSigned("old"));
    const reported = Promise.withResolvers<ServerErrorEvent>();
    await using echo = await startEcho({
      tls: { ...files, reloadIntervalMs: 10 },
      onError: reported.resolve,
    });
    write({ cert: "nothing", key: "nothing" });
    expect(await reported.promise).toMatchObject({
      source: "certificate",
      error: { code: "certificate_invalid" },
    });
    write(createSelfSigned("new"));
    await expect.poll(() => shownName(echo.port)).toBe("new");
  });

  it("does not start with a certificate that it cannot use", async () => {
    await expect(startEcho({ tls: { cert: "", key: "x" } })).rejects.toMatchObject({
      code: "certificate_invalid",
    });
  });

  it("admits only clients whose certificate an authority vouches for, where one is named", async () => {
    const material = createSelfSigned("server");
    const clientMaterial = createSelfSigned("client");
    await using echo = await startEcho({ tls: { ...material, ca: clientMaterial.cert } });
    const call = (nodeOptions: object) =>
      callEcho("unary", createConnectTransport({ baseUrl: echo.url, httpVersion: "1.1", nodeOptions }));
    expect((await call({ ca: material.cert, ...pick(clientMaterial) })).error).toBeUndefined();
    expect((await call({ ca: material.cert })).error).toBeDefined();
    expect((await call({ ca: material.cert, ...pick(createSelfSigned("stranger")) })).error).toBeDefined();
  });
});

function pick({ cert, key }: { cert: string; key: string }) {
  return { cert, key };
}
