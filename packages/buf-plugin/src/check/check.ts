import { create } from "@bufbuild/protobuf";
import { type CheckRequest, type CheckResponse, CheckResponseSchema } from "@wirehouse/proto-bufplugin/v1";
import { PluginError } from "../errors.ts";
import { makeImage } from "../image/image.ts";
import { locate } from "../image/locate.ts";
import { rules } from "../rules/index.ts";
import { readSettings } from "./settings.ts";

/**
 * Runs rules over the files of a request.
 * @throws PluginError REQUEST for an unknown rule, or a setting in buf.yaml that is no good
 */
export function check(request: CheckRequest): CheckResponse {
  const settings = readSettings(request.options);
  const wanted = request.ruleIds.length === 0 ? [...rules.keys()] : request.ruleIds;
  const image = makeImage(request.fileDescriptors);
  const annotations = wanted.flatMap((ruleId) => {
    const run = rules.get(ruleId);
    if (run === undefined) {
      throw new PluginError("REQUEST", `there is no rule ${ruleId}`);
    }
    return [...run(image, settings)].map(({ file, path, message }) => ({
      ruleId,
      message,
      fileLocation: { fileName: file.path, sourcePath: [...locate(file, path)] },
    }));
  });
  return create(CheckResponseSchema, { annotations });
}
