import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";

/** Records the connections that servers of this process accept, to see how much of them is read. */
export function recordAcceptedSockets(): Disposable & { readonly sockets: readonly Socket[] } {
  const sockets: Socket[] = [];
  const record = (message: unknown): void => void sockets.push((message as { socket: Socket }).socket);
  subscribe("net.server.socket", record);
  return { sockets, [Symbol.dispose]: () => void unsubscribe("net.server.socket", record) };
}
