import { hash } from "node:crypto";
import { fromBinary } from "@bufbuild/protobuf";
import { type CodeGeneratorResponse, CodeGeneratorResponseSchema } from "@bufbuild/protobuf/wkt";
import type { OutputFile } from "../cache/entry.ts";
import { failure, type WirehouseError } from "../errors.ts";
import type { PluginConfig } from "../workspace/buf-gen-yaml.ts";
import type { ImageFile } from "./image.ts";
import { unsupportedEdition } from "./supported-editions.ts";

/**
 * Decodes what a plugin wrote to standard output.
 * @param sources the files it was asked for which are targets: their editions must be supported
 * @throws WirehouseError PLUGIN when it is no CodeGeneratorResponse, carries an error, or does not support an edition
 */
export function readResponse(
  plugin: string,
  origin: PluginConfig["origin"],
  bytes: Uint8Array,
  sources: Iterable<ImageFile> = [],
): OutputFile[] {
  let response: CodeGeneratorResponse;
  try {
    response = fromBinary(CodeGeneratorResponseSchema, bytes);
  } catch (cause) {
    throw pluginFailure(
      plugin,
      origin,
      `wrote ${bytes.length} bytes to standard output that are no CodeGeneratorResponse, starting with ${JSON.stringify(new TextDecoder("latin1").decode(bytes.subarray(0, 60)))}`,
      "a plugin must print nothing but its response; diagnostics belong on standard error",
      cause,
    );
  }
  if (response.error !== "") {
    throw pluginFailure(plugin, origin, `reported an error: ${response.error}`);
  }
  const unsupported = unsupportedEdition(response, sources);
  if (unsupported !== undefined) {
    throw pluginFailure(plugin, origin, unsupported, "use a newer version of the plugin");
  }
  const files: { name: string; content: Uint8Array }[] = [];
  for (const file of response.file) {
    if (file.insertionPoint !== "") {
      throw pluginFailure(
        plugin,
        origin,
        `wants to insert into ${file.name} at "${file.insertionPoint}": insertion points are not supported`,
      );
    }
    const content = new TextEncoder().encode(file.content);
    const last = files.at(-1);
    if (file.name === "" && last !== undefined) {
      // plugin.proto: "If the name is omitted, the content will be appended to the previous file."
      files[files.length - 1] = { name: last.name, content: Buffer.concat([last.content, content]) };
    } else {
      files.push({ name: file.name, content });
    }
  }
  return files.map((file) => ({ ...file, digest: hash("sha256", file.content) }));
}

export function pluginFailure(
  plugin: string,
  origin: PluginConfig["origin"],
  message: string,
  help?: string,
  cause?: unknown,
): WirehouseError {
  return failure("PLUGIN", `the plugin ${plugin} ${message}`, {
    ...origin,
    ...(help === undefined ? {} : { help }),
    cause,
  });
}
