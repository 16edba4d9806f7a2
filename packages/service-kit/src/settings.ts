import { readFileSync } from "node:fs";
import { ServiceKitError } from "./errors.ts";

/** The environment of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads variables of the environment; an empty one counts as unset. Each method throws `ServiceKitError` `invalid_config`. */
export interface Settings {
  text(name: string): string | undefined;
  /** A whole number from `least` to `most`. */
  integer(name: string, least: number, most: number, fallback: number): number;
  /** As `integer`; undefined if it is unset. */
  optionalInteger(name: string, least: number, most: number): number | undefined;
  /** Separated by commas. */
  list(name: string): readonly string[];
  oneOf<const T extends string>(name: string, values: readonly T[], fallback: T): T;
  /** An http or https URL that paths are put behind. */
  origin(name: string): string | undefined;
  /** The value of the variable, or what stands in the file that the variable with `_FILE` at the end names. */
  secret(name: string): string | undefined;
}

export function readSettings(env: Environment): Settings {
  const text = (name: string): string | undefined => env[name] || undefined;
  const optionalInteger = (name: string, least: number, most: number): number | undefined => {
    const value = text(name);
    if (value !== undefined && (!/^\d+$/.test(value) || Number(value) < least || Number(value) > most)) {
      throw invalid(name, `must be a whole number from ${least} to ${most}`);
    }
    return value === undefined ? undefined : Number(value);
  };
  return {
    text,
    optionalInteger,
    integer: (name, least, most, fallback) => optionalInteger(name, least, most) ?? fallback,
    list: (name) =>
      (text(name) ?? "")
        .split(",")
        .map((item) => item.trim())
        .filter((item) => item !== ""),
    oneOf(name, values, fallback) {
      const value = text(name) ?? fallback;
      const known = values.find((one) => one === value);
      if (known === undefined) {
        throw invalid(name, `must be one of ${values.join(", ")}`);
      }
      return known;
    },
    origin(name) {
      const value = text(name);
      if (value !== undefined && (!URL.canParse(value) || !/^https?:\/\/[^?#]*[^/?#]$/.test(value))) {
        throw invalid(name, "must be an http or https URL without a slash at the end");
      }
      return value;
    },
    secret(name) {
      const file = text(`${name}_FILE`);
      if (file === undefined) {
        return text(name);
      }
      try {
        return readFileSync(file, "utf8").trim();
      } catch (cause) {
        throw invalid(`${name}_FILE`, "names a file that cannot be read", cause);
      }
    },
  };
}

export function invalid(variable: string, problem: string, cause?: unknown): ServiceKitError {
  return new ServiceKitError("invalid_config", variable, problem, { cause });
}
