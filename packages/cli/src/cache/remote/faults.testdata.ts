import type { Misbehaviour } from "../../testing/fake-remote-cache.ts";

/** A way in which a remote cache fails. */
export interface RemoteFault {
  readonly title: string;
  readonly misbehave: Misbehaviour;
  /** What the warning says. `undefined`: it is a miss like others. */
  readonly warns: RegExp | undefined;
  /** Milliseconds that the remote cache may take. Default: as long as it wants, so that a busy machine is no fault. */
  readonly timeoutMs?: number;
}

/** Whichever of the limits is noticed first. */
const tooSlow = /did not answer within 200 ms|is too slow/;

const status =
  (code: number, headers: Record<string, string> = {}): Misbehaviour =>
  (_request, response) => {
    response.writeHead(code, headers).end("an answer with the token secret-token in it");
  };

const giving =
  (change: (body: Buffer) => Buffer): Misbehaviour =>
  (_request, response, { body, proceed }) => {
    if (body === undefined) {
      proceed();
    } else {
      response.writeHead(200).end(change(body));
    }
  };

const flipped = (at: (length: number) => number) => (body: Buffer) => {
  const copy = Buffer.from(body);
  const position = at(body.length);
  copy.writeUInt8(copy.readUInt8(position) ^ 1, position);
  return copy;
};

/** Faults of lookups, by a remote cache that has what is asked for. */
export const lookupFaults: readonly RemoteFault[] = [
  { title: "it never answers", misbehave: () => {}, warns: tooSlow, timeoutMs: 200 },
  {
    title: "it sends its answers byte by byte",
    misbehave: (_request, response, { body = Buffer.alloc(1) }) => {
      response.writeHead(200, { "content-length": body.length });
      let at = 0;
      const timer = setInterval(() => response.write(body.subarray(at, ++at)), 5);
      response.on("close", () => clearInterval(timer));
    },
    warns: tooSlow,
    timeoutMs: 200,
  },
  { title: "it closes each connection", misbehave: ({ socket }) => socket.destroy(), warns: /broke off/ },
  { title: "500", misbehave: status(500), warns: /500 Internal Server Error/ },
  { title: "503", misbehave: status(503), warns: /503 Service Unavailable/ },
  { title: "401", misbehave: status(401), warns: /401 Unauthorized \(credentials come from/ },
  { title: "403", misbehave: status(403), warns: /403 Forbidden/ },
  { title: "429", misbehave: status(429), warns: /429 Too Many Requests/ },
  { title: "404", misbehave: status(404), warns: undefined },
  { title: "204 without content", misbehave: status(204), warns: /204 No Content/ },
  {
    title: "an answer that is cut off",
    misbehave: ({ socket }, response, { body = Buffer.alloc(8) }) => {
      response.writeHead(200, { "content-length": body.length });
      response.write(body.subarray(0, body.length / 2), () => socket.destroy());
    },
    warns: /broke off an answer/,
  },
  {
    title: "an answer that is shorter than it should be",
    misbehave: giving((body) => body.subarray(0, -1)),
    warns: /is not what was put there/,
  },
  {
    title: "an answer with a wrong byte at its end",
    misbehave: giving(flipped((length) => length - 1)),
    warns: /is not what was put there/,
  },
  {
    title: "an answer with a wrong byte in its middle",
    misbehave: giving(flipped((length) => length >> 1)),
    warns: /is not what was put there/,
  },
  {
    title: "a page instead of a result",
    misbehave: giving(() => Buffer.from("<html>Sign in</html>")),
    warns: /is not what was put there/,
  },
  { title: "an empty result", misbehave: giving(() => Buffer.alloc(0)), warns: /is not what was put there/ },
  {
    title: "a body without end",
    misbehave: (_request, response) => {
      response.writeHead(200);
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65536))) {}
      };
      response.on("drain", more);
      more();
    },
    warns: /sent more than the entry can have/,
  },
];

/** Faults of uploads. */
export const uploadFaults: readonly RemoteFault[] = [
  ...[401, 403, 405, 413, 500, 507].map(
    (code): RemoteFault => ({
      title: `${code}`,
      misbehave: (request, response, cache) =>
        request.method === "PUT" ? status(code)(request, response, cache) : cache.proceed(),
      warns: new RegExp(`answered an upload with ${code}`),
    }),
  ),
  {
    title: "no answer",
    misbehave: ({ method }, _response, { proceed }) => (method === "PUT" ? undefined : proceed()),
    warns: tooSlow,
    timeoutMs: 200,
  },
  {
    title: "a closed connection",
    misbehave: ({ method, socket }, _response, { proceed }) =>
      method === "PUT" ? socket.destroy() : proceed(),
    warns: /broke off/,
  },
];
