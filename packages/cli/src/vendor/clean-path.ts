/**
 * Normalises a relative path as a person may write it ("./a//b") to "a/b"; "." for the folder itself.
 * `undefined` for one that leads out of its folder or depends on the machine: absolute, `..`, a backslash, a drive.
 */
export function cleanPath(path: string): string | undefined {
  if (path.startsWith("/") || path.includes("\\") || path.includes("\0") || /^[A-Za-z]:/.test(path)) {
    return undefined;
  }
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  return parts.includes("..") ? undefined : parts.length === 0 ? "." : parts.join("/");
}
