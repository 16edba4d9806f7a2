import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** Sends bytes as they are over a new connection, and returns all that comes back until it is closed. */
export async function sendRaw(port: number, bytes: string | Buffer): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(bytes);
  return readAll(socket);
}

/** Reads a connection until the other side closes it. */
export async function readAll(socket: Socket): Promise<string> {
  let text = "";
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    text += chunk;
  });
  if (!socket.closed) {
    await once(socket, "close");
  }
  return text;
}

/** Waits until a pattern has arrived on a connection. Rejects when it is closed before. */
export function untilReceived(socket: Socket, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const onData = (chunk: Buffer): void => {
      text += chunk.toString("latin1");
      if (pattern.test(text)) {
        socket.off("data", onData);
        resolve(text);
      }
    };
    socket.on("data", onData);
    socket.once("close", () => reject(new Error(`closed after: ${text}`)));
    socket.on("error", () => {});
  });
}
