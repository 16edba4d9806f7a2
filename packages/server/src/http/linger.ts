import type { Socket } from "node:net";

/** How much of an unwanted body is thrown away, and for how long, before the connection is cut. */
const lingerMaxBytes = 256 * 1024;
const lingerMs = 1000;

/**
 * Makes Node.js close this connection in the polite way when its last response is sent: it says that nothing more comes, then
 * discards what still arrives, up to a bound. Closed at once with unread bytes, a TCP connection is reset, and the client
 * may lose the response that says why (RFC 9112, section 9.6).
 */
export function closeLingering(socket: Socket): void {
  socket.destroySoon = () => {
    const start = socket.bytesRead;
    const timer = setTimeout(() => socket.destroy(), lingerMs);
    socket.once("close", () => clearTimeout(timer));
    socket.on("data", () => {
      if (socket.bytesRead - start > lingerMaxBytes) {
        socket.destroy();
      }
    });
    socket.once("end", () => socket.destroy());
    socket.end();
    socket.resume();
  };
}
