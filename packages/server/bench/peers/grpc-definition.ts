import { type DescMethod, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import type { MethodDefinition } from "@grpc/grpc-js";
import {
  EchoService,
  type ServerEchoRequest,
  type ServerEchoResponse,
  type UnaryEchoRequest,
  type UnaryEchoResponse,
} from "@wirehouse/proto-testkit/v1";

/** An RPC for grpc-js, with the codec of protobuf-es, so that the benchmark compares HTTP and not codecs. */
function define<Input extends Message, Output extends Message>(
  method: DescMethod,
): MethodDefinition<Input, Output> {
  return {
    path: `/${EchoService.typeName}/${method.name}`,
    requestStream: false,
    responseStream: method.methodKind === "server_streaming",
    requestSerialize: (message) => Buffer.from(toBinary(method.input, message)),
    requestDeserialize: (bytes) => fromBinary(method.input, bytes) as Message as Input,
    responseSerialize: (message) => Buffer.from(toBinary(method.output, message)),
    responseDeserialize: (bytes) => fromBinary(method.output, bytes) as Message as Output,
  };
}

export const grpcMethods = {
  unaryEcho: define<UnaryEchoRequest, UnaryEchoResponse>(EchoService.method.unaryEcho),
  serverEcho: define<ServerEchoRequest, ServerEchoResponse>(EchoService.method.serverEcho),
};
