import { create, type DescMessage, type MessageShape } from "@bufbuild/protobuf";
import {
  CheckRequestSchema,
  CheckResponseSchema,
  Code,
  ErrorSchema,
  GetPluginInfoRequestSchema,
  GetPluginInfoResponseSchema,
  ListCategoriesRequestSchema,
  ListCategoriesResponseSchema,
  ListRulesRequestSchema,
  ListRulesResponseSchema,
  SpecSchema,
} from "@wirehouse/proto-bufplugin/v1";
import { getPluginInfo, listCategories, listRules } from "../check/catalogue.ts";
import { messageOf, PluginError } from "../errors.ts";
import { readRequest, type WireType, write, writeError, writeResponse } from "./codec.ts";
import type { Format } from "./command.ts";

/** What came on standard input to what goes to standard output. */
type Procedure = (format: Format, input: Uint8Array) => Promise<Uint8Array>;

const procedures: ReadonlyMap<string, Procedure> = new Map([
  procedure("check.v1.CheckService/Check", CheckRequestSchema, CheckResponseSchema, async (request) => {
    const { check } = await import("../check/check.ts");
    return check(request);
  }),
  procedure("check.v1.CheckService/ListRules", ListRulesRequestSchema, ListRulesResponseSchema, listRules),
  procedure(
    "check.v1.CheckService/ListCategories",
    ListCategoriesRequestSchema,
    ListCategoriesResponseSchema,
    listCategories,
  ),
  procedure(
    "info.v1.PluginInfoService/GetPluginInfo",
    GetPluginInfoRequestSchema,
    GetPluginInfoResponseSchema,
    getPluginInfo,
  ),
]);

/** What `--spec` prints. */
export function writeSpec(format: Format): Uint8Array {
  const paths = [...procedures.keys()].map((path) => ({ path }));
  return write(format, SpecSchema, create(SpecSchema, { procedures: paths }));
}

/**
 * Calls a procedure. What it throws becomes an error in the response: INVALID_ARGUMENT for what the caller did, INTERNAL for a
 * fault of this program.
 * @throws PluginError USAGE when there is no such procedure
 */
export async function call(format: Format, path: string, readInput: () => Uint8Array): Promise<Uint8Array> {
  const procedure = procedures.get(path);
  if (procedure === undefined) {
    throw new PluginError("USAGE", `there is no procedure ${path}`);
  }
  try {
    return await procedure(format, readInput());
  } catch (reason) {
    const isCallers = reason instanceof PluginError;
    const code = isCallers ? Code.INVALID_ARGUMENT : Code.INTERNAL;
    const message = isCallers ? reason.message : `a fault of buf-plugin-wirehouse: ${messageOf(reason)}`;
    return writeError(format, create(ErrorSchema, { code, message }));
  }
}

/** @param name the path, without what all have in common */
function procedure<Input extends DescMessage, Output extends DescMessage>(
  name: `${string}.v1.${string}`,
  input: Input,
  output: Output,
  handle: (request: MessageShape<Input>) => MessageShape<Output> | Promise<MessageShape<Output>>,
): [path: string, procedure: Procedure] {
  const packageName = `buf.plugin.${name.slice(0, name.indexOf(".v1.") + ".v1".length)}`;
  const wire = <Desc extends DescMessage>(schema: Desc): WireType<Desc> => ({
    schema,
    name: `${packageName}.${schema.name}`,
  });
  return [
    `/buf.plugin.${name}`,
    async (format, bytes) =>
      writeResponse(format, wire(output), await handle(readRequest(format, bytes, wire(input)))),
  ];
}
