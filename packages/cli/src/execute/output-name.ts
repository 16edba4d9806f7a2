import { isWithin } from "../io/files.ts";

/**
 * Why a plugin may not write a file of this name, or `undefined` if it may. Names are relative to the output
 * folder with forward slashes on every platform (plugin.proto: "relative to the output directory and must not
 * contain '.' or '..' components"), so a backslash or a drive is refused everywhere, not only on Windows.
 */
export function refuseOutputName(name: string): string | undefined {
  if (name === "") {
    return "it has no name";
  }
  if (name.startsWith("/") || /^[a-zA-Z]:/.test(name)) {
    return "it is an absolute path";
  }
  if (name.includes("\\")) {
    return "it has a backslash: names use forward slashes on every platform";
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  if (/[\u0000-\u001f]/.test(name)) {
    return "it has a control character";
  }
  const parts = name.split("/");
  if (parts.includes("..") || parts.includes(".")) {
    return 'it has a "." or ".." segment, which leads out of the output folder';
  }
  return parts.includes("") ? "it has an empty segment" : undefined;
}

/** Why a folder cannot be an output folder, or `undefined` if it can: what is in one may be replaced and removed. */
export function refuseOutputFolder(out: string, sources: Iterable<string>): string | undefined {
  if (out === ".") {
    return "it is the root of the workspace";
  }
  for (const source of sources) {
    if (isWithin(source, out)) {
      return `it contains sources: ${source}`;
    }
  }
  return undefined;
}
