import {
  type MethodDescriptorProto,
  MethodOptionsSchema,
  type ServiceDescriptorProto,
  ServiceOptionsSchema,
} from "@bufbuild/protobuf/wkt";
import { type PrintContext, qualify } from "./print-context.ts";
import { block, spaced } from "./print-lines.ts";
import { optionStatements } from "./print-options.ts";

/** A service declaration with its methods. */
export function printService(
  context: PrintContext,
  scope: string,
  service: ServiceDescriptorProto,
): string[] {
  const name = qualify(scope, service.name);
  return [
    ...context.comment("service", name),
    ...block(
      `service ${service.name}`,
      spaced([
        optionStatements(context, name, ServiceOptionsSchema, service.options),
        ...service.method.map((method) => printMethod(context, name, method)),
      ]),
    ),
  ];
}

function printMethod(context: PrintContext, service: string, method: MethodDescriptorProto): string[] {
  const type = (name: string, streaming: boolean) =>
    `(${streaming ? "stream " : ""}${context.reference(service, name.replace(/^\./, ""))})`;
  const input = type(method.inputType, method.clientStreaming);
  const output = type(method.outputType, method.serverStreaming);
  const head = `rpc ${method.name}${input} returns ${output}`;
  const options = optionStatements(context, service, MethodOptionsSchema, method.options);
  return [
    ...context.comment("rpc", `${service}.${method.name}`),
    // `rpc … {}` is an empty options message in the descriptor, `rpc …;` none.
    ...(method.options === undefined ? [`${head};`] : block(head, options)),
  ];
}
