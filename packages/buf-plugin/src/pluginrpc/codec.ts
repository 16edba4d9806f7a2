import {
  create,
  createFileRegistry,
  type DescMessage,
  fromBinary,
  fromJson,
  type JsonObject,
  type JsonValue,
  type Message,
  type MessageShape,
  type Registry,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import { AnySchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import {
  CheckRequestSchema,
  ErrorSchema,
  RequestSchema,
  ResponseSchema,
  type Error as RpcError,
} from "@wirehouse/proto-bufplugin/v1";
import { messageOf, PluginError } from "../errors.ts";
import type { Format } from "./command.ts";

/** A message type, and the name that buf knows it by: our own definitions have other names. */
export interface WireType<Desc extends DescMessage = DescMessage> {
  readonly schema: Desc;
  readonly name: string;
}

/**
 * The request message in what came on standard input. Nothing is an empty message, as pluginrpc wants it.
 * @throws PluginError REQUEST when it is not a request, or holds another message
 */
export function readRequest<Desc extends DescMessage>(
  format: Format,
  input: Uint8Array,
  type: WireType<Desc>,
): MessageShape<Desc> {
  try {
    if (input.length === 0) {
      return create(type.schema);
    }
    return format === "binary" ? readBinary(input, type) : readJson(input, type);
  } catch (reason) {
    throw new PluginError("REQUEST", `this is no request with a ${type.name}: ${messageOf(reason)}`, {
      cause: reason,
    });
  }
}

/** A message in the given format, without an envelope. */
export function write<Desc extends DescMessage>(
  format: Format,
  schema: Desc,
  message: MessageShape<Desc>,
): Uint8Array {
  return format === "binary" ? toBinary(schema, message) : jsonBytes(toJsonValue(schema, message));
}

/** The response that carries a message. */
export function writeResponse<Desc extends DescMessage>(
  format: Format,
  type: WireType<Desc>,
  message: MessageShape<Desc>,
): Uint8Array {
  if (format === "json") {
    const value = toJsonValue(type.schema, message) as JsonObject;
    return jsonBytes({ value: { "@type": typeUrl(type), ...value } });
  }
  const value = create(AnySchema, { typeUrl: typeUrl(type), value: toBinary(type.schema, message) });
  return toBinary(ResponseSchema, create(ResponseSchema, { value }));
}

/** The response that carries an error. */
export function writeError(format: Format, error: RpcError): Uint8Array {
  return format === "json"
    ? jsonBytes({ error: toJsonValue(ErrorSchema, error) })
    : toBinary(ResponseSchema, create(ResponseSchema, { error }));
}

function readBinary<Desc extends DescMessage>(input: Uint8Array, type: WireType<Desc>): MessageShape<Desc> {
  const { value } = fromBinary(RequestSchema, input);
  if (value === undefined) {
    return create(type.schema);
  }
  expectType(value.typeUrl, type);
  return fromBinary(type.schema, value.value);
}

function readJson<Desc extends DescMessage>(input: Uint8Array, type: WireType<Desc>): MessageShape<Desc> {
  const { value } = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(input)) as {
    value?: JsonObject;
  };
  if (value === undefined) {
    return create(type.schema);
  }
  const { "@type": url, ...fields } = value;
  expectType(url, type);
  return fromJson(type.schema, fields, { registry: extensionsOf(type.schema, fields) });
}

/** JSON writes custom options by name: those that the files of the request define themselves have to be known first. */
function extensionsOf(schema: DescMessage, fields: JsonObject): Registry {
  const files =
    schema.typeName === CheckRequestSchema.typeName
      ? fromJson(CheckRequestSchema, fields, { ignoreUnknownFields: true }).fileDescriptors
      : [];
  const file = files.flatMap(({ fileDescriptorProto }) => fileDescriptorProto ?? []);
  return createFileRegistry(create(FileDescriptorSetSchema, { file }));
}

function expectType(url: JsonValue | undefined, type: WireType): void {
  const name = typeof url === "string" ? url.slice(url.lastIndexOf("/") + 1) : undefined;
  if (name !== type.name) {
    throw new PluginError("REQUEST", `it holds a ${name ?? "message without a type"}`);
  }
}

function typeUrl(type: WireType): string {
  return `type.googleapis.com/${type.name}`;
}

/** Field names as in the .proto file, as buf's own plugins write them. */
function toJsonValue(schema: DescMessage, message: Message): JsonValue {
  return toJson(schema, message, { useProtoFieldName: true });
}

function jsonBytes(value: JsonValue): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
