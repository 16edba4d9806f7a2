import { connect, type Socket } from "node:net";

/** Types of frames (RFC 9113, section 6). */
export const frameType = {
  data: 0,
  headers: 1,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

/** Error codes (RFC 9113, section 7). */
export const errorCode = {
  noError: 0,
  flowControl: 3,
  refusedStream: 7,
  cancel: 8,
  enhanceYourCalm: 11,
} as const;

/** A frame that was received. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

/** A client of HTTP/2 that sends any frame, also those that no client should. */
export interface RawHttp2 {
  readonly socket: Socket;
  readonly frames: readonly Frame[];
  /** Resolves once the connection is closed. */
  readonly closed: Promise<void>;
  send(...frames: Buffer[]): void;
  /** Resolves with the first frame, from now on or earlier, that satisfies the condition; rejects when the connection is closed before. */
  until(condition: (frame: Frame) => boolean): Promise<Frame>;
}

/** Makes a frame. */
export function frame(
  type: number,
  flags: number,
  streamId: number,
  payload: Uint8Array = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

/** Encodes headers as literals that are not indexed (RFC 7541, section 6.2.2), so that names may repeat. */
export function headerBlock(headers: readonly (readonly [string, string])[]): Buffer {
  const text = (value: string): Buffer => Buffer.concat([length(value.length), Buffer.from(value, "latin1")]);
  return Buffer.concat(headers.flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]));
}

/** An integer with a prefix of seven bits (RFC 7541, section 5.1). */
function length(value: number): Buffer {
  if (value < 127) {
    return Buffer.from([value]);
  }
  const bytes = [127];
  for (let rest = value - 127; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) {
      bytes.push(rest);
      return Buffer.from(bytes);
    }
    bytes.push((rest % 128) + 128);
  }
}

/** Headers of a unary call of Connect to the echo service. */
export function requestHeaders(...more: [string, string][]): [string, string][] {
  return [
    [":method", "POST"],
    [":scheme", "http"],
    [":path", "/wirehouse.testkit.v1.EchoService/UnaryEcho"],
    [":authority", "a"],
    ["content-type", "application/json"],
    ...more,
  ];
}

/** Opens a connection, and does as the protocol asks: preface, settings, acknowledgement of the server's (unless told not to). */
export function connectRaw(port: number, { acknowledge = true } = {}): RawHttp2 {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  const frames: Frame[] = [];
  const waiting = new Set<() => void>();
  let isClosed = false;
  const closed = new Promise<void>((resolve) => {
    socket.once("close", () => {
      isClosed = true;
      resolve();
      for (const check of [...waiting]) {
        check();
      }
    });
  });
  let rest: Buffer = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 9 && rest.length >= 9 + rest.readUIntBE(0, 3)) {
      const end = 9 + rest.readUIntBE(0, 3);
      frames.push({
        type: rest[3] as number,
        flags: rest[4] as number,
        streamId: rest.readUInt32BE(5),
        payload: Buffer.from(rest.subarray(9, end)),
      });
      rest = rest.subarray(end);
    }
    for (const check of [...waiting]) {
      check();
    }
  });
  socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  socket.write(frame(frameType.settings, 0, 0));
  if (acknowledge) {
    socket.write(frame(frameType.settings, 1, 0));
  }
  return {
    socket,
    frames,
    closed,
    send: (...sent) => void socket.write(Buffer.concat(sent)),
    until: (condition) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          const found = frames.find(condition);
          if (found !== undefined || isClosed) {
            waiting.delete(check);
            found === undefined ? reject(new Error("the connection was closed")) : resolve(found);
          }
        };
        waiting.add(check);
        check();
      }),
  };
}
