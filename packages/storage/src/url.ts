import { StorageError } from "./errors.ts";

/** Where a database is. */
export type Location =
  | { dialect: "sqlite"; file: string }
  | { dialect: "postgres"; connectionString: string };

/** Reads the URL of a database. Throws `StorageError` `invalid_options`; the message has no part of the URL: it may hold a password. */
export function parseUrl(url: string): Location {
  if (url.startsWith("sqlite:")) {
    const file = url.slice("sqlite:".length);
    if (file === "" || file.startsWith("//")) {
      throw new StorageError(
        "invalid_options",
        "url: after sqlite: comes the path of a file, relative or absolute, without //, or :memory:",
      );
    }
    return { dialect: "sqlite", file };
  }
  if (/^postgres(ql)?:\/\//.test(url) && URL.canParse(url)) {
    return { dialect: "postgres", connectionString: url };
  }
  throw new StorageError("invalid_options", "url: expected sqlite:<file>, sqlite::memory: or postgres://…");
}
