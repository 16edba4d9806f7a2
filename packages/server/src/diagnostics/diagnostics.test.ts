import { EchoService } from "@wirehouse/proto-testkit/v1";
import { describe, expect, it } from "vitest";
import { createHealth } from "../health/index.ts";
import { isAllowedHost, isLoopback } from "./hosts.ts";
import { createDiagnostics } from "./index.ts";
import { startDiagnostics } from "./testing/start-diagnostics.ts";

describe("the listener", () => {
  it.each(["0.0.0.0", "::", "192.0.2.1", "example.com", ""])("refuses to be open to others: %j", (host) => {
    expect(() => createDiagnostics({ host })).toThrow(expect.objectContaining({ code: "invalid_options" }));
    expect(() => createDiagnostics({ host, allowNonLoopback: true })).not.toThrow();
  });

  it.each(["127.0.0.1", "127.9.9.9", "::1", "localhost"])("takes %s for this machine", (host) => {
    expect(isLoopback(host)).toBe(true);
  });

  it("says that a port is taken, and is not started twice", async () => {
    const { port, diagnostics } = await startDiagnostics();
    const second = createDiagnostics({ port });
    await expect(second.listen()).rejects.toMatchObject({
      code: "listen_failed",
      cause: { code: "EADDRINUSE" },
    });
    await second.close();
    await expect(diagnostics.listen()).rejects.toMatchObject({ code: "already_listening" });
  });

  it("closes at once, also with a connection that is kept alive", async () => {
    const { url, diagnostics } = await startDiagnostics();
    await (await fetch(`${url}/healthz`)).json();
    await diagnostics.close();
    await diagnostics.close();
    await expect(fetch(`${url}/healthz`)).rejects.toThrow("fetch failed");
  });

  it.each([
    ["127.0.0.1:9464", true],
    ["127.0.0.1", true],
    ["localhost:80", true],
    ["LOCALHOST", true],
    ["[::1]:9464", true],
    ["10.1.2.3:9464", true],
    ["diagnostics.internal:1", true],
    ["evil.example:9464", false],
    ["127.0.0.1.evil.example", false],
    ["localhost.evil.example", false],
    ["[evil]", false],
    ["[127.0.0.1]", false],
    ["::1", false],
    ["user@localhost", false],
    ["localhost:80:80", false],
    ["", false],
    [undefined, false],
  ])("Host %j: %s", (header, allowed) => {
    expect(isAllowedHost(header, ["Diagnostics.internal"])).toBe(allowed);
  });

  it.each<[string, string, number, Parameters<Awaited<ReturnType<typeof startDiagnostics>>["send"]>[1]]>([
    ["another name (DNS rebinding)", "/healthz", 421, { headers: { host: "evil.example" } }],
    ["a page of another site", "/debug/pprof/heap", 403, { headers: { "sec-fetch-site": "cross-site" } }],
    ["a page with an origin", "/healthz", 403, { headers: { origin: "http://localhost:3000" } }],
    ["POST", "/healthz", 405, { method: "POST" }],
    ["DELETE", "/metrics", 405, { method: "DELETE" }],
    ["OPTIONS", "/healthz", 405, { method: "OPTIONS" }],
    ["a body", "/healthz", 413, { headers: { "content-length": "2" }, body: "hi" }],
    ["a body in chunks", "/healthz", 413, { headers: { "transfer-encoding": "chunked" }, body: "hi" }],
    ["the root", "/", 404, {}],
    ["a slash at the end", "/healthz/", 404, {}],
    ["no slash at the end", "/debug/pprof", 404, {}],
    ["a double slash", "//healthz", 404, {}],
    ["dots", "/x/../healthz", 404, {}],
    ["escapes", "/%68ealthz", 404, {}],
    ["upper case", "/Healthz", 404, {}],
    ["a whole URL", "http://127.0.0.1/healthz", 404, {}],
    ["a property of objects", "/constructor", 404, {}],
    ["a parameter that does not exist", "/healthz?verbose=1", 400, {}],
    ["a parameter twice", "/debug/pprof/profile?seconds=1&seconds=2", 400, {}],
    ["0 s", "/debug/pprof/profile?seconds=0", 400, {}],
    ["61 s", "/debug/pprof/profile?seconds=61", 400, {}],
    ["half a second", "/debug/pprof/profile?seconds=0.5", 400, {}],
    ["1e1 s", "/debug/pprof/heap?seconds=1e1", 400, {}],
    ["no seconds", "/debug/pprof/heap?seconds=", 400, {}],
    ["gc=yes", "/debug/pprof/heap?gc=yes", 400, {}],
  ])("refuses %s: %s", async (_, path, status, init) => {
    const { send } = await startDiagnostics();
    const answer = await send(path, init);
    expect(answer).toMatchObject({ status, headers: { connection: "close", "cache-control": "no-store" } });
    expect(answer.body.toString()).toMatch(/^[^\n]+\n$/);
  });

  it("refuses a header section that is too large", async () => {
    const { send } = await startDiagnostics();
    expect(await send("/healthz", { headers: { "x-large": "x".repeat(9_000) } })).toMatchObject({
      status: 431,
    });
  });

  it("lists the profiles, for a browser that may run nothing", async () => {
    const { send } = await startDiagnostics();
    const { status, headers, body } = await send("/debug/pprof/");
    expect({ status, policy: headers["content-security-policy"] }).toEqual({
      status: 200,
      policy: "default-src 'none'",
    });
    expect(body.toString()).toContain('href="heap?gc=1"');
  });
});

describe("/healthz and /readyz", () => {
  it("tell of the process, the server, its services and what they depend on", async () => {
    const health = createHealth({
      services: [EchoService],
      dependencies: [{ name: "cache", critical: false, check: () => Promise.reject(new Error("refused")) }],
    });
    const stats = () => ({ connections: 3, streams: 2, calls: 1 });
    const { send } = await startDiagnostics({ version: "1.2.3", health, stats });
    health.start();
    await health.checked();
    const ready = await send("/readyz");
    expect({ status: ready.status, type: ready.headers["content-type"] }).toEqual({
      status: 200,
      type: "application/json",
    });
    expect(JSON.parse(ready.body.toString())).toEqual({
      status: "serving",
      shuttingDown: false,
      version: "1.2.3",
      node: process.version,
      pid: process.pid,
      uptimeSeconds: expect.any(Number),
      eventLoopDelayMs: {
        p50: expect.any(Number),
        p90: expect.any(Number),
        p99: expect.any(Number),
        max: expect.any(Number),
        windowSeconds: expect.any(Number),
      },
      memoryBytes: {
        rss: expect.any(Number),
        heapUsed: expect.any(Number),
        heapTotal: expect.any(Number),
        external: expect.any(Number),
      },
      handles: expect.objectContaining({ TCPServerWrap: expect.any(Number) }),
      open: { connections: 3, streams: 2, calls: 1 },
      services: { [EchoService.typeName]: "serving" },
      dependencies: [
        {
          name: "cache",
          status: "down",
          critical: false,
          services: "all",
          ageMs: expect.any(Number),
          durationMs: expect.any(Number),
          failures: 1,
          error: "refused",
        },
      ],
    });
    health.close();
    const [alive, notReady, head] = await Promise.all([
      send("/healthz"),
      send("/readyz"),
      send("/readyz", { method: "HEAD" }),
    ]);
    expect([alive.status, notReady.status, head.status]).toEqual([200, 503, 503]);
    expect(head.body.length).toBe(0);
    expect(JSON.parse(notReady.body.toString())).toMatchObject({ status: "not_serving", shuttingDown: true });
  });

  it("answers alone, without a server", async () => {
    const { send } = await startDiagnostics();
    const { body } = await send("/readyz");
    expect(JSON.parse(body.toString())).toMatchObject({ status: "serving", open: null, dependencies: [] });
  });
});
