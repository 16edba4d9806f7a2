import type { ContextValues } from "@connectrpc/connect";
import type { UniversalHandler } from "@connectrpc/connect/protocol";
import type { Exchange, HttpAnswer } from "../http/exchange.ts";
import type { ServerLimits } from "../limits.ts";
import { applyTimeout } from "./apply-timeout.ts";

/** Content types of Connect's unary protocol, where a body is one message without a prefix. */
const unaryContentType = /^application\/(proto|json)\b/i;

/** Hands a request for an RPC to Connect, which chooses the protocol, runs the gate, and only then reads the body. */
export function serveCall(
  exchange: Exchange,
  handler: UniversalHandler,
  limits: ServerLimits,
  contextValues: ContextValues | undefined,
): Promise<HttpAnswer> {
  const contentType = exchange.header.get("content-type") ?? "";
  const isConnect = !/^application\/grpc/i.test(contentType);
  applyTimeout(exchange.header, isConnect, handler.method, limits);
  const { methodKind } = handler.method;
  const oneMessage = methodKind === "unary" || methodKind === "server_streaming";
  exchange.body.limit(
    limits.messageTimeoutMs,
    oneMessage || unaryContentType.test(contentType) ? "whole" : "enveloped",
  );
  return handler({
    httpVersion: exchange.peer.httpVersion,
    method: exchange.method,
    url: `${exchange.scheme}://${exchange.authority}${exchange.target}`,
    header: exchange.header,
    body: exchange.body,
    signal: exchange.signal,
    ...(contextValues === undefined ? {} : { contextValues }),
  });
}
