import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { bundlePage } from "./bundle.ts";
import { WebError } from "./errors.ts";
import { securityHeaders } from "./headers.ts";

export { WebError, type WebErrorCode } from "./errors.ts";

/** Options of `startWeb`. */
export interface WebOptions {
  /** Where browsers reach the identity service, for example "http://127.0.0.1:8081". It must allow the page's origin (CORS). */
  readonly identityUrl: string;
  /** Where browsers reach the document service. It must allow the page's origin (CORS). */
  readonly documentUrl: string;
  /** Default 8080. 0: a free one. */
  readonly port?: number;
  /** Default "127.0.0.1". */
  readonly host?: string;
}

/** A running server of the page. */
export interface Web {
  /** The page's address; its origin, too: there is no path. */
  readonly url: string;
  close(): Promise<void>;
}

interface Asset {
  readonly type: string;
  readonly body: Buffer;
  readonly etag: string;
  readonly cacheControl: string;
}

/**
 * Bundles the page and serves it: static files, and where the services are. No call goes through it: the page talks to the
 * services itself.
 *
 * @throws WebError `invalid_options`, `bundle_failed`, `listen_failed`.
 */
export async function startWeb(options: WebOptions): Promise<Web> {
  const { host = "127.0.0.1", port = 8080 } = options;
  const identityUrl = checkUrl("identityUrl", options.identityUrl);
  const documentUrl = checkUrl("documentUrl", options.documentUrl);
  const headers = securityHeaders([new URL(identityUrl).origin, new URL(documentUrl).origin]);
  const assets = await loadAssets({ identityUrl, documentUrl });

  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(headers)) {
      response.setHeader(name, value);
    }
    const [path = ""] = (request.url ?? "").split("?");
    const asset = assets.get(path);
    if (asset === undefined) {
      response.writeHead(404, { "content-type": "text/plain" }).end("not found\n");
    } else if (request.method !== "GET" && request.method !== "HEAD") {
      response.writeHead(405, { allow: "GET, HEAD" }).end();
    } else {
      response.setHeader("cache-control", asset.cacheControl).setHeader("etag", asset.etag);
      if (request.headers["if-none-match"] === asset.etag) {
        response.writeHead(304).end();
        return;
      }
      response.writeHead(200, { "content-type": asset.type, "content-length": asset.body.length });
      response.end(request.method === "HEAD" ? undefined : asset.body);
    }
  });
  await listen(server, host, port);
  const { port: actual } = server.address() as AddressInfo;
  let closing: Promise<void> | undefined;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${actual}`,
    close: () =>
      (closing ??= new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      })),
  };
}

async function loadAssets(config: object): Promise<ReadonlyMap<string, Asset>> {
  const read = (name: string) => readFile(join(import.meta.dirname, "page", name));
  const [page, style, icon, script] = await Promise.all([
    read("index.html"),
    read("style.css"),
    read("icon.svg"),
    bundlePage(),
  ]);
  const asset = (type: string, body: Buffer, cacheControl = "no-cache"): Asset => ({
    type,
    body,
    etag: `"${createHash("sha256").update(body).digest("base64url")}"`,
    cacheControl,
  });
  return new Map([
    ["/", asset("text/html; charset=utf-8", page)],
    ["/page.js", asset("text/javascript; charset=utf-8", Buffer.from(script))],
    ["/style.css", asset("text/css; charset=utf-8", style)],
    ["/icon.svg", asset("image/svg+xml", icon)],
    ["/config.json", asset("application/json", Buffer.from(JSON.stringify(config)), "no-store")],
  ]);
}

function checkUrl(name: string, value: string): string {
  const url = URL.parse(value);
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "") {
    throw new WebError("invalid_options", `${name} must be an http or https URL, not "${value}"`);
  }
  return value.replace(/\/+$/, "");
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) =>
      reject(
        new WebError("listen_failed", `cannot listen on ${host}, port ${port}: see the cause`, { cause }),
      ),
    );
    server.listen(port, host, resolve);
  });
}
