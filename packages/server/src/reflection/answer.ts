import type { DescFile } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import type { ServerReflectionRequest as RequestV1 } from "@wirehouse/proto-grpc-reflection/v1";
import type { ServerReflectionRequest as RequestV1Alpha } from "@wirehouse/proto-grpc-reflection/v1alpha";
import type { DescriptorIndex } from "./descriptor-index.ts";

/** A plain object, so that it initializes the message of either version: they differ by package only. */
export type Answer =
  | { case: "fileDescriptorResponse"; value: { fileDescriptorProto: Uint8Array[] } }
  | { case: "allExtensionNumbersResponse"; value: { baseTypeName: string; extensionNumber: number[] } }
  | { case: "listServicesResponse"; value: { service: { name: string }[] } }
  | { case: "errorResponse"; value: { errorCode: number; errorMessage: string } };

/** Names of files that one stream was sent already. */
export type SentFiles = Set<string>;

/**
 * Answers one request. As in grpc-go, files come with those that they import, each once a stream; the one that was asked for
 * comes every time. Throws InvalidArgument for a request that asks nothing.
 */
export function answer(
  { messageRequest }: RequestV1 | RequestV1Alpha,
  { index, services, sent }: { index: DescriptorIndex; services: readonly string[]; sent: SentFiles },
): Answer {
  const files = (file: DescFile | undefined, asked: string): Answer =>
    file === undefined
      ? notFound(asked)
      : {
          case: "fileDescriptorResponse",
          value: { fileDescriptorProto: withImports(file, sent).map(index.encode) },
        };
  switch (messageRequest.case) {
    case "fileByFilename":
      return files(index.fileByName(messageRequest.value), `file ${messageRequest.value}`);
    case "fileContainingSymbol":
      return files(index.fileBySymbol(messageRequest.value), `symbol ${messageRequest.value}`);
    case "fileContainingExtension": {
      const { containingType, extensionNumber } = messageRequest.value;
      const found = index.fileByExtension(containingType, extensionNumber);
      return files(found, `extension ${extensionNumber} of ${containingType}`);
    }
    case "allExtensionNumbersOfType": {
      const numbers = index.extensionNumbers(messageRequest.value);
      return numbers === undefined
        ? notFound(`message ${messageRequest.value}`)
        : {
            case: "allExtensionNumbersResponse",
            value: { baseTypeName: messageRequest.value, extensionNumber: numbers },
          };
    }
    case "listServices":
      return { case: "listServicesResponse", value: { service: services.map((name) => ({ name })) } };
    case undefined:
      throw new ConnectError(
        "the request asks nothing: set one field of message_request",
        Code.InvalidArgument,
      );
  }
}

function notFound(asked: string): Answer {
  // What was asked comes from the network and may be of any length.
  const errorMessage = `not found: ${asked.slice(0, 300)}`;
  return { case: "errorResponse", value: { errorCode: Code.NotFound, errorMessage } };
}

function withImports(file: DescFile, sent: SentFiles): DescFile[] {
  const found: DescFile[] = [];
  const seen = new Set<DescFile>();
  const queue = [file];
  for (const next of queue) {
    if (seen.has(next)) {
      continue;
    }
    seen.add(next);
    if (next === file || !sent.has(next.proto.name)) {
      sent.add(next.proto.name);
      found.push(next);
    }
    queue.push(...next.dependencies);
  }
  return found;
}
