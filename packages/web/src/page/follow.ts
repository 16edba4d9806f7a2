import { type Client, Code, ConnectError } from "@connectrpc/connect";
import type { DocumentFilter, DocumentService } from "@partner/document/service/v1";
import type { DocumentEvent } from "@partner/document/v1";
import { backoffMs, type Timing } from "./backoff.ts";

/** How the page is connected to the changes of documents. */
export type Connection =
  | { readonly kind: "connecting" }
  | { readonly kind: "live" }
  | { readonly kind: "waiting"; readonly retryInMs: number; readonly error: unknown };

/** Options of `follow`. */
export interface FollowOptions extends Timing {
  readonly client: Pick<Client<typeof DocumentService>, "watchDocuments">;
  /** `watch_cursor` of the list that was read. */
  readonly cursor: string;
  readonly filter: DocumentFilter;
  /** Ends it. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: DocumentEvent) => void;
  readonly onConnection: (connection: Connection) => void;
  /** A stream was opened, the first one included. */
  readonly onOpen?: () => void;
}

/** Why following ended: asked to, or the cursor is too old and the list must be read again, or the server refuses. */
export type FollowEnd =
  | { readonly kind: "aborted" }
  | { readonly kind: "cursor_too_old" }
  | { readonly kind: "refused"; readonly error: ConnectError };

const heartbeatSeconds = 10;
/** A stream that is silent for longer is taken for dead: a network that went away says nothing. */
const silenceMs = 25_000;
const refusals: ReadonlySet<Code> = new Set([
  Code.PermissionDenied,
  Code.InvalidArgument,
  Code.Unimplemented,
]);

/**
 * Follows changes over any number of connections, from each to the next by cursor: none is skipped, none comes twice. A
 * stream ends whenever the token it was opened with does; the next one is opened at once with a new token, and stays "live".
 */
export async function follow(options: FollowOptions): Promise<FollowEnd> {
  const { client, filter, signal, onEvent, onConnection, onOpen, sleep, random } = options;
  let { cursor } = options;
  let failures = 0;
  onConnection({ kind: "connecting" });
  for (;;) {
    if (signal.aborted) {
      return { kind: "aborted" };
    }
    const attempt = new AbortController();
    const stop = (): void => attempt.abort();
    signal.addEventListener("abort", stop);
    let heard = false;
    let error: unknown;
    try {
      let silence = watchSilence(attempt);
      onOpen?.();
      const interval = { seconds: BigInt(heartbeatSeconds) };
      const request = { cursor, filter, heartbeatInterval: interval };
      for await (const { cursor: next, message } of client.watchDocuments(request, {
        signal: attempt.signal,
      })) {
        silence.abort();
        silence = watchSilence(attempt);
        heard = true;
        failures = 0;
        cursor = next;
        onConnection({ kind: "live" });
        if (message.case === "event") {
          onEvent(message.value);
        }
      }
      error = new ConnectError("the stream of changes ended", Code.Unavailable);
    } catch (reason) {
      error = reason;
    } finally {
      attempt.abort();
      signal.removeEventListener("abort", stop);
    }
    const { code } = ConnectError.from(error);
    if (signal.aborted) {
      return { kind: "aborted" };
    }
    if (code === Code.OutOfRange) {
      return { kind: "cursor_too_old" };
    }
    if (refusals.has(code)) {
      return { kind: "refused", error: ConnectError.from(error) };
    }
    if (heard && code === Code.Unauthenticated) {
      continue;
    }
    failures++;
    const retryInMs = backoffMs(failures, random);
    onConnection({ kind: "waiting", retryInMs, error });
    await sleep(retryInMs, signal).catch(() => undefined);
  }

  function watchSilence(attempt: AbortController): AbortController {
    const heard = new AbortController();
    sleep(silenceMs, AbortSignal.any([heard.signal, attempt.signal])).then(
      () => attempt.abort(new ConnectError("no sign of life", Code.Unavailable)),
      () => undefined,
    );
    return heard;
  }
}
