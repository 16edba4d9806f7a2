import type { ServerStats } from "./diagnostics/index.ts";
import type { Health } from "./health/index.ts";
import type { CloseOptions, ListenOptions, ServerAddress } from "./options.ts";

/** A server. */
export interface Server extends AsyncDisposable {
  /**
   * Starts to serve.
   *
   * @throws ServerError `listen_failed`, `certificate_invalid`, `already_listening`.
   */
  listen(options?: ListenOptions): Promise<ServerAddress>;
  /**
   * Ends without losing a call: health turns NOT_SERVING, no connection is accepted, clients are told to go elsewhere (GOAWAY), calls
   * may go on within the grace period, those left are told `Unavailable`. Resolves when nothing is left. Called again, with a
   * shorter grace, it shortens the first.
   */
  close(options?: CloseOptions): Promise<void>;
  /** Where it listens, or undefined. */
  readonly address: ServerAddress | undefined;
  /** Resolves when the server was closed, by `close` or by a signal: the time to close what its handlers used. */
  readonly closed: Promise<void>;
  /** Aborts when the server begins to close: for handlers of streams that can end well by themselves. */
  readonly draining: AbortSignal;
  /** To set the status of a service by hand; undefined when health is off. */
  readonly health: Health | undefined;
  /** For example "http://127.0.0.1:9464", or undefined. */
  readonly diagnosticsUrl: string | undefined;
  /** What is open now. */
  stats(): ServerStats;
  /**
   * Reads the certificate files again; connections stay. With the files unusable it rejects, and the old certificate stays in use.
   *
   * @throws ServerError `certificate_invalid`.
   */
  reloadCertificates(): Promise<void>;
}
