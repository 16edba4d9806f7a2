import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the repository. */
export const root: string = resolve(dirname(fileURLToPath(import.meta.url)), "../../../..");

/** Where the platform keeps what outlives it: databases, secrets, logs. */
export interface DataFolder {
  readonly path: string;
  /** A path in it. */
  file(...names: string[]): string;
  /** The path of a secret. */
  secretFile(name: string): string;
  readSecret(name: string): string | undefined;
  /** Only the user can read it. It is there whole, or as before. */
  writeSecret(name: string, value: string): void;
  /** As it was kept, else a new one: 32 random bytes in base64. */
  ensureSecret(name: string): string;
}

/** What the platform puts there: nothing else is ever removed. */
const own = ["identity.db", "documents.db"].flatMap((name) => [name, `${name}-wal`, `${name}-shm`]);

/**
 * Opens the data folder, and makes it if need be.
 *
 * @param chosen `PARTNER_DATA_DIR`. Default: `var` at the root of the repository.
 * @param options.fresh Whether to begin anew: removes databases, secrets and logs, and nothing else.
 */
export function openDataFolder(chosen: string | undefined, { fresh = false } = {}): DataFolder {
  const path = chosen ? resolve(chosen) : join(root, "var");
  const file = (...names: string[]): string => join(path, ...names);
  if (fresh) {
    for (const name of [...own, "secrets", "log"]) {
      rmSync(file(name), { recursive: true, force: true });
    }
  }
  mkdirSync(path, { recursive: true, mode: 0o700 });
  mkdirSync(file("secrets"), { recursive: true, mode: 0o700 });
  mkdirSync(file("log"), { recursive: true });
  const secretFile = (name: string): string => file("secrets", name);
  const readSecret = (name: string): string | undefined =>
    existsSync(secretFile(name)) ? readFileSync(secretFile(name), "utf8").trim() : undefined;
  const writeSecret = (name: string, value: string): void => {
    const temporary = `${secretFile(name)}.new`;
    writeFileSync(temporary, `${value}\n`, { mode: 0o600 });
    renameSync(temporary, secretFile(name));
  };
  return {
    path,
    file,
    secretFile,
    readSecret,
    writeSecret,
    ensureSecret(name) {
      const value = readSecret(name) ?? randomBytes(32).toString("base64");
      writeSecret(name, value);
      return value;
    },
  };
}

/** The path as a user in this folder would write it. */
export function displayPath(path: string, cwd: string = process.cwd()): string {
  const short = relative(cwd, path);
  return short === "" || short.startsWith("..") ? path : short;
}
