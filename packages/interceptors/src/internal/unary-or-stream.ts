import type {
  Interceptor,
  StreamRequest,
  StreamResponse,
  UnaryRequest,
  UnaryResponse,
} from "@connectrpc/connect";

/** The function that an interceptor wraps. */
export type Next = Parameters<Interceptor>[0];

/** Calls `next` with a stream request, which answers with a stream response. */
export function nextStream(next: Next, request: StreamRequest): Promise<StreamResponse> {
  return next(request) as Promise<StreamResponse>;
}

/** Calls `next` with a unary request, which answers with a unary response. */
export function nextUnary(next: Next, request: UnaryRequest): Promise<UnaryResponse> {
  return next(request) as Promise<UnaryResponse>;
}
