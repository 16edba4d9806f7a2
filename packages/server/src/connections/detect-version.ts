import type { Socket } from "node:net";

/** What a client with prior knowledge of HTTP/2 sends first (RFC 9113, section 3.4). It is no request of HTTP/1.1. */
const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

/**
 * Tells the version of HTTP that a client speaks in cleartext by its first bytes, however they are cut, and puts them back. The
 * connection is cut when they do not come in time.
 */
export function detectVersion(socket: Socket, timeoutMs: number, use: (version: 1 | 2) => void): void {
  let seen: Buffer = Buffer.alloc(0);
  const stop = (): void => {
    clearTimeout(timer);
    socket.off("readable", read).off("end", leave).off("close", stop).off("error", ignore);
  };
  const read = (): void => {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) {
      return;
    }
    seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
    const length = Math.min(seen.length, preface.length);
    const maybeHttp2 = preface.compare(seen, 0, length, 0, length) === 0;
    if (maybeHttp2 && length < preface.length) {
      return;
    }
    stop();
    socket.unshift(seen);
    use(maybeHttp2 ? 2 : 1);
  };
  // A client that leaves before it has said enough.
  const leave = (): void => void socket.destroy();
  const ignore = (): void => {};
  const timer = setTimeout(() => socket.destroy(), timeoutMs);
  socket.on("readable", read).on("end", leave).on("close", stop).on("error", ignore);
}
