import { Code, type StreamRequest, type UnaryRequest } from "@connectrpc/connect";

/** "package.Service/Method". */
export function fullMethod(request: UnaryRequest | StreamRequest): string {
  return `${request.service.typeName}/${request.method.name}`;
}

/** The protocol of a call, by its content type. */
export function protocolOf(request: UnaryRequest | StreamRequest): "grpc" | "grpc-web" | "connect" {
  const type = request.header.get("content-type") ?? "";
  return type.startsWith("application/grpc-web")
    ? "grpc-web"
    : type.startsWith("application/grpc")
      ? "grpc"
      : "connect";
}

/** The name of a code as in the gRPC specification: "OK", "DEADLINE_EXCEEDED". */
export function codeName(code: Code | undefined): string {
  return code === undefined ? "OK" : Code[code].replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase();
}
