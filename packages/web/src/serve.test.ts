import { describe, expect, it, onTestFinished } from "vitest";
import { startWeb } from "./serve.ts";

const services = { identityUrl: "http://127.0.0.1:8081/", documentUrl: "https://documents.example/api" };

async function start() {
  const web = await startWeb({ ...services, port: 0 });
  onTestFinished(() => web.close());
  return web;
}

describe("startWeb", () => {
  it("serves the page, bundled for browsers, without a line of inline script or style", async () => {
    const { url } = await start();
    const page = await (await fetch(url)).text();
    expect(page).not.toMatch(/<style|style=|<script(?![^>]* src=)| on[a-z]+=/);
    for (const [path, type] of [
      ["/page.js", "text/javascript"],
      ["/style.css", "text/css"],
      ["/icon.svg", "image/svg+xml"],
    ] as const) {
      expect(page).toContain(path);
      const response = await fetch(url + path);
      expect([response.status, response.headers.get("content-type")?.split(";")[0]]).toEqual([200, type]);
      await response.body?.cancel();
    }
  });

  it("says where the services are, and that nobody may keep it", async () => {
    const { url } = await start();
    const response = await fetch(`${url}/config.json`);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await response.json()).toEqual({ ...services, identityUrl: "http://127.0.0.1:8081" });
  });

  it("allows the page to talk to the two services only, whatever it is asked for", async () => {
    const { url } = await start();
    for (const [path, status] of [
      ["/", 200],
      ["/../package.json", 404],
      ["/main.ts", 404],
    ] as const) {
      const response = await fetch(url + path);
      expect(response.status).toBe(status);
      const policy = response.headers.get("content-security-policy");
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
      expect(policy).toContain("connect-src 'self' http://127.0.0.1:8081 https://documents.example;");
      expect(policy).not.toContain("unsafe");
      expect(response.headers.get("x-content-type-options")).toBe("nosniff");
      await response.body?.cancel();
    }
  });

  it("sends nothing again that a browser has, and takes nothing", async () => {
    const { url } = await start();
    const first = await fetch(`${url}/style.css`);
    await first.body?.cancel();
    const again = await fetch(`${url}/style.css`, {
      headers: { "if-none-match": first.headers.get("etag") ?? "" },
    });
    expect(again.status).toBe(304);
    expect((await fetch(url, { method: "POST" })).status).toBe(405);
    expect(await (await fetch(url, { method: "HEAD" })).text()).toBe("");
  });

  it.each(["identityUrl", "documentUrl"])("refuses a wrong %s", async (name) => {
    const started = startWeb({ ...services, [name]: "ftp://127.0.0.1", port: 0 });
    await expect(started).rejects.toMatchObject({
      code: "invalid_options",
      message: expect.stringContaining(name),
    });
  });

  it("says that a port is taken", async () => {
    const { url } = await start();
    const started = startWeb({ ...services, port: Number(new URL(url).port) });
    await expect(started).rejects.toMatchObject({ code: "listen_failed" });
  });
});
