import { ServerError } from "./errors.ts";

/** What one peer, or all of them, may use of this server. Every limit is finite unless stated; sizes in bytes, times in ms. */
export interface ServerLimits {
  /** The largest request message, after decompression too. Default 4 MiB, as in gRPC. More: `ResourceExhausted`. */
  readMaxBytes: number;
  /** The largest response message. Default 4 MiB: what gRPC clients accept by default. More: `ResourceExhausted`. */
  writeMaxBytes: number;
  /** Connections at a time. Default 10,000. More are closed at once. */
  maxConnections: number;
  /** HTTP/2 streams that a connection may have open. Default 100. More: refused with REFUSED_STREAM, which is safe to retry. */
  maxConcurrentStreams: number;
  /** All headers of a request. Default 16 KiB. More: 431 on HTTP/1.1; on HTTP/2 the stream is reset with ENHANCE_YOUR_CALM. */
  maxHeaderBytes: number;
  /** Memory that an HTTP/2 connection may hold in Node.js, in MiB. Default 10. More: streams are refused. */
  maxSessionMemoryMiB: number;
  /** HTTP/2 streams that a client may reset in a burst. Default 1,000. More: GOAWAY with ENHANCE_YOUR_CALM (CVE-2023-44487). */
  streamResetBurst: number;
  /** HTTP/2 streams that a client may reset a second, on average. Default 33. */
  streamResetRate: number;
  /** From the connection to the first whole header: TLS handshake, protocol detection, headers. Default 10 s. */
  headerTimeoutMs: number;
  /**
   * From the moment the server waits for a request message to its last byte. Default 60 s. Longer: `DeadlineExceeded`.
   * A request stream may pause between messages for as long as it likes, not inside one.
   */
  messageTimeoutMs: number;
  /** The deadline of a unary call whose client sets none. Default 60 s. Streams have none by default. */
  defaultTimeoutMs: number;
  /** The longest deadline; a longer one that a client sets is shortened to it. Default 24 h; at most 2^31 - 1 ms. */
  maxTimeoutMs: number;
  /**
   * A connection without a call is closed after this time (HTTP/2: with GOAWAY). Default 20 min, longer than the 15 min after which
   * connect-node's clients close theirs: an idle GOAWAY can crash these (connect-es #1768).
   */
  idleTimeoutMs: number;
  /** HTTP/2 PINGs that find dead peers. Default one a minute. */
  keepAliveIntervalMs: number;
  /** How long a PING may stay unanswered before the connection is cut. Default 20 s. */
  keepAliveTimeoutMs: number;
  /** An HTTP/2 connection is told to reconnect (GOAWAY) at this age, ±10 %, so that load spreads over replicas. Default: never (Infinity). */
  maxConnectionAgeMs: number;
  /** How long calls may go on after `maxConnectionAgeMs` before the connection is cut. Default: until they end (Infinity). */
  maxConnectionAgeGraceMs: number;
  /** The largest body of an HTTP route that sets no limit of its own. Default 64 KiB. More: 413. */
  httpBodyMaxBytes: number;
  /** How long the handler of an HTTP route may take. Default 30 s. Longer: 503. */
  httpTimeoutMs: number;
}

const KiB = 1024;
const MiB = 1024 * KiB;

/** The limits that apply where `limits` names none. */
export const defaultLimits: Readonly<ServerLimits> = Object.freeze({
  readMaxBytes: 4 * MiB,
  writeMaxBytes: 4 * MiB,
  maxConnections: 10_000,
  maxConcurrentStreams: 100,
  maxHeaderBytes: 16 * KiB,
  maxSessionMemoryMiB: 10,
  streamResetBurst: 1000,
  streamResetRate: 33,
  headerTimeoutMs: 10_000,
  messageTimeoutMs: 60_000,
  defaultTimeoutMs: 60_000,
  maxTimeoutMs: 24 * 60 * 60_000,
  idleTimeoutMs: 20 * 60_000,
  keepAliveIntervalMs: 60_000,
  keepAliveTimeoutMs: 20_000,
  maxConnectionAgeMs: Number.POSITIVE_INFINITY,
  maxConnectionAgeGraceMs: Number.POSITIVE_INFINITY,
  httpBodyMaxBytes: 64 * KiB,
  httpTimeoutMs: 30_000,
});

const mayBeInfinite: ReadonlySet<keyof ServerLimits> = new Set([
  "maxConnectionAgeMs",
  "maxConnectionAgeGraceMs",
]);
/** The longest time that a timer of Node.js can wait: a longer one would fire at once. */
const longestTimerMs = 2 ** 31 - 1;

/** Fills in the defaults. An option that is present but undefined counts as absent: it must not lift a limit. */
export function resolveLimits(given: Partial<ServerLimits> = {}): ServerLimits {
  const limits = { ...defaultLimits };
  for (const name of Object.keys(given) as (keyof ServerLimits)[]) {
    const value = given[name];
    if (!(name in defaultLimits)) {
      throw new ServerError("invalid_options", `there is no limit "${name}"`);
    }
    if (value === undefined) {
      continue;
    }
    const infinite = value === Number.POSITIVE_INFINITY && mayBeInfinite.has(name);
    const highest = name.endsWith("Ms") ? longestTimerMs : 2 ** 32 - 1;
    if (!infinite && !(Number.isInteger(value) && value >= 1 && value <= highest)) {
      throw new ServerError(
        "invalid_options",
        `limits.${name} must be a whole number from 1 to ${highest}, not ${value}`,
      );
    }
    limits[name] = value;
  }
  return limits;
}
