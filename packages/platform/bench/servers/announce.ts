import type { Http2Server } from "node:http2";
import type { AddressInfo } from "node:net";

/** Listens on a free port and says so as the services do. */
export function announce(server: Http2Server): void {
  server.listen(0, "127.0.0.1", () => {
    announceUrl(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
}

/** Says where a server listens. SIGTERM ends the process at once: there is nothing to keep. */
export function announceUrl(url: string): void {
  process.stdout.write(`${JSON.stringify({ message: "listening", url })}\n`);
  process.once("SIGTERM", () => process.exit(0));
}
