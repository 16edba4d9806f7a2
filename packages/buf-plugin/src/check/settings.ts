import type { Option } from "@wirehouse/proto-bufplugin/v1";
import { PluginError } from "../errors.ts";

/** What `options` of the plugin in buf.yaml can set. */
export interface Settings {
  /**
   * `service_package`: the last segment but the version of a package that has services, as in
   * `partner.document.service.v1`. Default `service`.
   */
  readonly servicePackage: string;
}

/** @throws PluginError REQUEST for an unknown setting, or a value that is no good */
export function readSettings(options: readonly Option[]): Settings {
  let servicePackage = "service";
  for (const { key, value } of options) {
    if (key !== "service_package") {
      throw new PluginError("REQUEST", `there is no option "${key}": the one option is "service_package"`);
    }
    const text = value?.type.case === "stringValue" ? value.type.value : "";
    if (!/^[a-z][a-z0-9_]*$/.test(text)) {
      throw new PluginError(
        "REQUEST",
        'the option "service_package" is one segment of a package name, such as service',
      );
    }
    servicePackage = text;
  }
  return { servicePackage };
}
