import type { DescService } from "@bufbuild/protobuf";
import type { HandlerContext, Interceptor } from "@connectrpc/connect";

/**
 * Who may call what. `@wirehouse/interceptors/auth/server` makes one for JWT bearer tokens; the type is structural, so
 * another one can take its place.
 */
export interface ServerAuth {
  /**
   * Runs for every call, in every protocol, before a byte of the body is read. Throws a `ConnectError` to refuse the call. Any
   * other error is reported and answered with `Unavailable`: a fault of the gate neither admits a call nor blames the caller.
   */
  readonly requestGate: (context: HandlerContext) => void | Promise<void>;
  /** The outermost interceptor: ends a stream when its token expires or is revoked. */
  readonly interceptor: Interceptor;
  /** Throws, naming each RPC, when an RPC of these services has no policy, or an invalid one. Called by `createServer`. */
  assertPolicies(services: readonly DescService[]): void;
}

/** Admits every call. To be written out, so that a server without authentication is never an accident. */
export interface Insecure {
  readonly insecure: true;
}
