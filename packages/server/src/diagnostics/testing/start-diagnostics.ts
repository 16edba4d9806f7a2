import { type IncomingHttpHeaders, request } from "node:http";
import { onTestFinished } from "vitest";
import { createDiagnostics, type DiagnosticsOptions } from "../index.ts";

/** A raw answer. */
export interface RawAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** Starts a listener on a free port until the test is over. */
export async function startDiagnostics(options: DiagnosticsOptions = {}) {
  const diagnostics = createDiagnostics({ port: 0, ...options });
  onTestFinished(() => diagnostics.close());
  const { url, host, port } = await diagnostics.listen();
  /** Sends what it is told to: other than `fetch`, also a wrong Host, a path with dots, or a body with GET. */
  const send = (
    path: string,
    {
      signal,
      body,
      ...rest
    }: { method?: string; headers?: Record<string, string>; body?: string; signal?: AbortSignal } = {},
  ) =>
    new Promise<RawAnswer>((resolve, reject) => {
      const sent = request(
        { host, port, path, agent: false, ...(signal && { signal }), ...rest },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", reject);
          response.on("end", () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              body: Buffer.concat(chunks),
            }),
          );
        },
      );
      sent.on("error", reject);
      sent.end(body);
    });
  return { diagnostics, url, host, port, send };
}
