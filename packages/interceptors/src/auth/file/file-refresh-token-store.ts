import { randomUUID } from "node:crypto";
import { open, readFile, rename, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { InterceptorError } from "../../errors.ts";
import { monotonicNow, sleep } from "../../internal/time.ts";
import type { RefreshTokenStore, StoredTokens } from "../grants/refresh-token-store.ts";
import { isCode, withFileLock } from "./file-lock.ts";

/** Options of `fileRefreshTokenStore`. */
export interface FileRefreshTokenStoreOptions {
  /** The file, in a folder that only this user may write. A lock file with the ending ".lock" is beside it at times. */
  path: string | URL;
  /** How long to wait for another process, in milliseconds. Default 10,000. */
  lockWaitMs?: number;
  /**
   * After which time a lock counts as left behind by a process that died, in milliseconds. Default 60,000; it must be longer
   * than the source's `timeoutMs`.
   */
  lockStaleMs?: number;
}

/**
 * A store that the processes of one machine share: a JSON file that only this user may read (mode 600), replaced whole, with
 * a lock file around each use. Put the first refresh token in with `save`.
 */
export function fileRefreshTokenStore(
  options: FileRefreshTokenStoreOptions,
): RefreshTokenStore & { save(tokens: StoredTokens): Promise<void> } {
  const path = options.path instanceof URL ? fileURLToPath(options.path) : options.path;
  const lock = {
    waitMs: options.lockWaitMs ?? 10_000,
    staleMs: options.lockStaleMs ?? 60_000,
    sleep,
    now: monotonicNow,
  };
  const locked = <T>(task: () => Promise<T>): Promise<T> => withFileLock(`${path}.lock`, lock, task);
  return {
    update: (step) =>
      locked(async () => {
        const before = await load(path);
        const after = await step(before);
        if (after !== before) {
          await write(path, after);
        }
        return after;
      }),
    save: (tokens) => locked(() => write(path, tokens)),
  };
}

async function load(path: string): Promise<StoredTokens | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (isCode(error, "ENOENT")) {
      return undefined;
    }
    throw error;
  }
  const value = parse(text);
  if (typeof value?.refreshToken !== "string") {
    // Not the parser's own message: it quotes the file.
    throw new InterceptorError(
      "credentials_refused",
      "the token store's file is damaged: remove it and log in again",
    );
  }
  return value as unknown as StoredTokens;
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Whole or not at all: the old refresh token is useless once the server has rotated it. */
async function write(path: string, tokens: StoredTokens): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(JSON.stringify(tokens));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
