import { readFile } from "node:fs/promises";
import { createTokenSource } from "../create-token-source.ts";
import type { TokenSourceOptions } from "../options.ts";
import type { TokenSource } from "../token-source.ts";

/** Options of `fileTokenSource`. */
export interface FileTokenOptions {
  /** The file; it holds the token and nothing else but white space around it. */
  path: string | URL;
  /** How often the file is read again, in milliseconds. Default 60,000, as client-go does. */
  rereadMs?: number;
}

/**
 * A token that somebody else puts in a file and renews there: a projected service-account token of Kubernetes. It is read
 * again in the background ahead of `rereadMs`, and at once when a server refuses it. Not for browsers.
 */
export function fileTokenSource(options: FileTokenOptions & TokenSourceOptions): TokenSource {
  const expiresInMs = options.rereadMs ?? 60_000;
  return createTokenSource({
    ...options,
    grant: async ({ signal }) => {
      const text = await readFile(options.path, { encoding: "utf8", signal });
      return { accessToken: text.trim(), expiresInMs };
    },
  });
}
